/**
 * Dividends in the broker's Flex statement, per share. Section "Change in Dividend Accruals" (ChangeInDividendAccrual) has it for shares
 * held long and short, from the ex-date on; section "Cash Transactions" (CashTransaction) in the description of a dividend, but not of a
 * payment in lieu, which is what shares held short owe.
 */
import { parseDay } from 'market-time';
import { type Micros, parseMoney } from '../money.js';
import type { FlexAttributes } from './flex.js';

/** One dividend of one contract. */
export interface FlexDividend {
  readonly account: string;
  readonly conId: number;
  /** YYYYMMDD; empty when the statement does not say it. */
  readonly exDate: string;
  /** Per share; absent where it cannot be read, or where nothing is left of it. */
  readonly amount?: Micros;
  /** Per share: what these rows take back and an earlier statement posted, or all of it where nothing is left. */
  readonly reversed?: Micros;
  /** Why it cannot be read. */
  readonly unread?: string;
}

/** Rows of the two sections. */
export interface DividendRows {
  readonly accruals: readonly FlexAttributes[];
  readonly cash: readonly FlexAttributes[];
}

const DIVIDENDS = /^dividends$/i;
const TYPES = /^(dividends|payment in lieu of dividends)$/i;
/** `SPY(US78462F1030) CASH DIVIDEND USD 1.802 PER SHARE (Ordinary Dividend)`. */
const PER_SHARE = /\b([A-Z]{3})\s+(\d+(?:\.\d+)?)\s+PER SHARE/i;

/**
 * The dividends of these rows, one per account, contract and ex-date. What was reversed before it was paid counts nothing, also when
 * another statement posted it; an ordinary and a special dividend of the same day are added; a dividend paid partly in lieu counts once.
 * Other cash is left out.
 */
export function flexDividends({ accruals, cash }: DividendRows): readonly FlexDividend[] {
  const detailed = (row: FlexAttributes) => !/^summary$/i.test(row.levelOfDetail ?? '');
  const accrued = groupsOf(accruals.filter(detailed));
  const paid = groupsOf(cash.filter((row) => TYPES.test(row.type ?? '') && detailed(row)));
  // A payment without its ex-date is one of the accruals.
  for (const key of paid.keys()) if ([...accrued.keys()].some((one) => one.startsWith(key))) paid.delete(key);
  return [...new Set([...accrued.keys(), ...paid.keys()])].flatMap((key) => {
    const rows = accrued.get(key);
    return dividendOf(rows ?? paid.get(key) ?? [], rows ? accruedRates : paidRates) ?? [];
  });
}

function groupsOf(rows: readonly FlexAttributes[]): Map<string, readonly FlexAttributes[]> {
  const groups = new Map<string, readonly FlexAttributes[]>();
  for (const row of rows) {
    const key = [row.accountId, row.conid, dayOf(row.exDate)].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return groups;
}

/** Dividends per share, each with what is left of it after reversals; or why they cannot be read. */
type Rates = ReadonlyMap<Micros, number> | string;

function dividendOf(
  group: readonly FlexAttributes[],
  ratesOf: (group: readonly FlexAttributes[]) => Rates,
): FlexDividend | undefined {
  const [first] = group;
  const conId = Number(first?.conid);
  if (first?.accountId === undefined || !Number.isSafeInteger(conId) || conId === 0) return undefined;
  const exDate = dayOf(first.exDate);
  const common = { account: first.accountId, conId, exDate };
  if (exDate === '') return { ...common, unread: 'exDate: it is missing; add "Ex Date" to the fields of the section' };
  const foreign = group.find(({ currency = 'USD' }) => currency !== 'USD');
  if (foreign !== undefined) return { ...common, unread: `currency: ${foreign.currency} is not allowed; expected USD` };
  const rates = ratesOf(group);
  if (typeof rates === 'string') return { ...common, unread: rates };
  const sumOf = (counts: (left: number) => boolean) =>
    [...rates].reduce((total, [rate, left]) => total + (counts(left) ? rate : 0), 0);
  const amount = sumOf((left) => left > 0);
  // What was posted and reversed in these rows leaves no doubt about the rest of them.
  const reversed = sumOf((left) => left < 0 || (amount === 0 && left === 0));
  if (amount === 0) return reversed === 0 ? undefined : { ...common, reversed };
  return { ...common, amount, ...(reversed !== 0 && { reversed }) };
}

/** A posting (code Po) is reversed (Re) when it was wrong, and when it is paid: from its pay date on. What is paid counts. */
function accruedRates(group: readonly FlexAttributes[]): Rates {
  const rates = new Map<Micros, number>();
  const paid = new Set<Micros>();
  for (const row of group) {
    const { grossRate = '', code = '' } = row;
    if (!isAmount(grossRate)) return `grossRate: "${grossRate}" is not allowed; expected the dividend per share`;
    const rate = perShare(grossRate);
    const left = rates.get(rate) ?? 0;
    if (!/\bRe\b/i.test(code)) {
      rates.set(rate, left + 1);
      continue;
    }
    const [date, payDate] = [dayOf(row.date), dayOf(row.payDate)];
    if (date === '' || payDate === '') {
      return 'date, payDate: one is missing, so that a payment looks like a reversal; add "Date" and "Pay Date" to the fields of the section';
    }
    if (date >= payDate) paid.add(rate);
    else rates.set(rate, left - 1);
  }
  for (const rate of paid) rates.set(rate, Math.max(1, rates.get(rate) ?? 0));
  return rates;
}

/** In cents. Cash in lieu is negative for shares held short, so only its description shows a reversal. */
function paidRates(group: readonly FlexAttributes[]): Rates {
  const rates = new Map<Micros, number>();
  for (const { type = '', description = '', amount = '' } of group) {
    const [, currency, text] = PER_SHARE.exec(description) ?? [];
    if (text === undefined) {
      return `description: "${description}" names no dividend per share; add the section "Change in Dividend Accruals"`;
    }
    if (currency?.toUpperCase() !== 'USD') return `description: ${currency} is not allowed; expected USD`;
    const cents = Math.round(Number(amount.replaceAll(',', '')) * 100);
    if (!Number.isSafeInteger(cents)) return `amount: "${amount}" is not allowed; expected an amount of money`;
    const isReversal = /\breversal\b/i.test(description) || (DIVIDENDS.test(type) && cents < 0);
    const rate = perShare(text);
    rates.set(rate, (rates.get(rate) ?? 0) + (isReversal ? -1 : 1) * Math.abs(cents));
  }
  return rates;
}

const isAmount = (text: string): boolean => /^\d+(\.\d+)?$/.test(text);

/** To micros; what is finer is left out. */
const perShare = (text: string): Micros => parseMoney(text.replace(/(\.\d{6})\d+$/, '$1'));

/** `20260320`, `2026-03-20` or either with a time, as YYYYMMDD; empty when it is no day. */
function dayOf(text = ''): string {
  const day = text.slice(0, 10).replaceAll('-', '').slice(0, 8);
  return parseDay(day) === undefined ? '' : day;
}
