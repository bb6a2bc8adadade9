/**
 * Rows of the broker's Flex statement about options that ended: its section "Option Exercises, Assignments and Expirations" (element
 * OptionEAE). Field names are those of the statement.
 */
import { divideRounded, MICROS_PER_DOLLAR, type Micros, parseMoney } from '../money.js';
import type { SaidSettlement } from './settle.js';

/** Attributes of one element, as text. */
export type FlexAttributes = Readonly<Record<string, string | undefined>>;

export interface FlexSettlement {
  readonly account: string;
  readonly conId: number;
  /** Unsigned. */
  readonly contracts: number;
  readonly kind: SaidSettlement['kind'];
  /** Value per share. */
  readonly price: Micros;
}

const KINDS: readonly (readonly [RegExp, SaidSettlement['kind']])[] = [
  [/^assign/i, 'assigned'],
  [/^exerc/i, 'exercised'],
  [/^expir/i, 'expired'],
  [/^cash/i, 'settled'],
];

/**
 * What a row says about an option; undefined for rows about its shares. Throws RangeError with a sentence for a row about an option that
 * cannot be read, or whose money is not in dollars.
 */
export function flexSettlement(row: FlexAttributes): FlexSettlement | undefined {
  if (row.assetCategory !== 'OPT') return undefined;
  const of = (name: string): string => {
    const value = row[name];
    if (value === undefined || value === '') throw new RangeError(`a row of the statement lacks ${name}`);
    return value;
  };
  const type = of('transactionType');
  const kind = KINDS.find(([pattern]) => pattern.test(type))?.[1];
  if (kind === undefined)
    throw new RangeError(
      `transactionType: "${type}" is not known; expected Assignment, Exercise, Expiration or Cash Settlement`,
    );
  const currency = row.currency ?? 'USD';
  if (currency !== 'USD') throw new RangeError(`currency: ${currency} is not allowed; expected USD`);
  const conId = Number(of('conid'));
  const contracts = Math.abs(Number(of('quantity').replaceAll(',', '')));
  if (!Number.isSafeInteger(conId) || !Number.isSafeInteger(contracts) || contracts === 0) {
    throw new RangeError(
      `conid: ${row.conid} with quantity: ${row.quantity} is not allowed; expected whole numbers, and contracts other than 0`,
    );
  }
  const price = kind === 'settled' ? cashPrice(row, contracts) : 0;
  return { account: of('accountId'), conId, contracts, kind, price };
}

/** The proceeds are exact to the cent; the trade price serves where they are missing. */
function cashPrice(row: FlexAttributes, contracts: number): Micros {
  const multiplier = Number(row.multiplier ?? '100');
  const { proceeds, tradePrice } = row;
  const money = (text: string) => Math.abs(parseMoney(text.replaceAll(',', '')));
  if (proceeds !== undefined && proceeds !== '' && Number(proceeds.replaceAll(',', '')) !== 0) {
    return divideRounded(money(proceeds), contracts * multiplier);
  }
  if (tradePrice !== undefined && tradePrice !== '') return money(tradePrice);
  throw new RangeError(
    `the cash settlement of conid ${row.conid} has neither proceeds nor a price (${MICROS_PER_DOLLAR})`,
  );
}
