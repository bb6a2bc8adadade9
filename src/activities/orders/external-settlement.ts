/** Contracts that left the account without an execution, all of them: expired, assigned, or replaced by a corporate action. */
import { dayText, easternDay, parseDay } from 'market-time';
import type { BrokerPosition } from '../../broker/api.js';
import { LegworkError } from '../../domain/errors.js';
import { formatMoney, type Micros } from '../../domain/money.js';
import { rightSign } from '../../domain/option.js';
import { intrinsicAt, settlementTime } from '../../domain/position/settlement.js';
import { replaceAlert } from '../context/replace-alert.js';
import {
  alertExternalChange,
  type ExternalChangeParts,
  type Held,
  importFill,
  NO_ORDER,
  nameOf,
} from './external-change.js';

const REPLACED_RULE = 'contract_replaced';

/**
 * Contracts that left the account without an execution: expired, or a short leg that was assigned (its shares are in the account). A
 * stock option leaves at zero, its result is in the shares; one that settles in cash leaves at its value on the day of its settlement.
 */
export async function importSettlement(
  parts: ExternalChangeParts,
  held: Held,
  positions: readonly BrokerPosition[],
): Promise<readonly string[]> {
  const { contract, holders } = held;
  const { broker } = parts.deps;
  const now = broker.clock.now();
  const expired =
    easternDay(now) > (parseDay(contract.expiry) ?? Number.POSITIVE_INFINITY) || now > contract.lastTradeAt;
  const shares = positions.find((row) => row.secType === 'STK' && row.symbol === contract.symbol)?.quantity ?? 0;
  // An assigned call takes shares from the account, an assigned put brings them.
  const contracts = holders.reduce((sum, { quantity }) => sum + Math.abs(quantity), 0);
  const assigned =
    (holders[0]?.quantity ?? 0) < 0 &&
    Math.sign(shares) === -rightSign(contract.right) &&
    Math.abs(shares) >= contracts * contract.multiplier;
  if (await wasReplaced(parts, held, assigned ? [] : positions)) return [];
  if (!(expired || assigned)) return [];
  const settled =
    contract.style === 'european' ? await cashSettlement(parts, held, now) : { price: 0, at: now, by: '' };
  if (settled === undefined) {
    const text = `${nameOf(contract)} is gone from the account, and the value at which it settled is not known yet.`;
    await alertExternalChange(parts, held, holders[0]?.positionId ?? '', text);
    return [];
  }
  const { price, at, by } = settled;
  const told: string[] = [];
  for (const { positionId, quantity } of holders) {
    const side = quantity > 0 ? 'SELL' : 'BUY';
    const execId = `settled-${contract.conId}-${positionId}`;
    const { account: name = '' } = positions[0] ?? {};
    await importFill(parts, positionId, {
      ...{ ...NO_ORDER, execId, account: name, conId: contract.conId, side },
      ...{ quantity: Math.abs(quantity), price, at },
    });
    const what = expired ? 'expired' : 'was assigned';
    const after =
      shares === 0 ? '' : ` The account holds ${shares} shares of ${contract.symbol}; a person must decide about them.`;
    const text = `${Math.abs(quantity)} ${nameOf(contract)} ${what}; taken at ${formatMoney(price)}${by}.${after}`;
    told.push(text);
    await alertExternalChange(parts, held, positionId, text, shares !== 0);
  }
  return told;
}

/**
 * Whether the broker shows other options of the symbol in place of ours (same expiry, right and side, known to no position), or has done
 * so: a corporate action has replaced them. What they are worth is not ours to guess, so nothing is taken until a person has resolved or
 * dismissed the alert.
 */
async function wasReplaced(
  parts: ExternalChangeParts,
  held: Held,
  positions: readonly BrokerPosition[],
): Promise<boolean> {
  const { store } = parts.deps;
  const { contract, holders } = held;
  const known = new Set(
    (await store.executions.get_open_strategies()).flatMap(({ legs }) => legs.map((leg) => leg.contract.conId)),
  );
  const foreign = positions.filter(
    ({ secType, conId, symbol, expiry }) =>
      secType === 'OPT' && !known.has(conId) && symbol === contract.symbol && expiry === contract.expiry,
  );
  const side = Math.sign(holders[0]?.quantity ?? 0);
  const isReplaced = foreign.some(({ right, quantity }) => right === contract.right && Math.sign(quantity) === side);
  let replaced = isReplaced;
  for (const { positionId } of holders) {
    replaced ||= (await store.alerts.list({ positionId })).some(
      ({ rule, status }) => rule === REPLACED_RULE && (status === 'ACTIVE' || status === 'ACKNOWLEDGED'),
    );
    if (!isReplaced) continue;
    const names = foreign.map((one) => `${one.quantity} ${one.right} ${one.strike} (contract ${one.conId})`);
    const message = `Options of ${contract.symbol} ${contract.expiry} are gone, and the account holds ${names.join(', ')} of that expiry instead, as after a corporate action. The position is not settled, and no order touches what replaced it: close that at the broker, then resolve this alert.`;
    await store.executions.setAttention(positionId, true, message);
    await replaceAlert(store, {
      ...{ type: 'CRITICAL', severity: 'IMMEDIATE', title: 'Contracts were replaced', message, rule: REPLACED_RULE },
      ...{ symbol: contract.symbol, positionId, metadata: {}, createdAt: parts.deps.broker.clock.now() },
    });
  }
  return replaced;
}

interface Settled {
  readonly price: Micros;
  readonly at: number;
  /** What it was taken by, behind the price. */
  readonly by: string;
}

/** By the underlying's price of the settlement's own day; undefined before it, and where the broker does not give that day. */
async function cashSettlement(
  parts: ExternalChangeParts,
  { contract, holders }: Held,
  now: number,
): Promise<Settled | undefined> {
  const { broker } = parts.deps;
  const row = holders[0]?.row;
  const time = settlementTime(contract);
  if (row === undefined || time === undefined || now < time.at) return undefined;
  const underlying = await parts.feeds.underlying(row.symbol);
  const bars = await broker.dailyBars(underlying, 'TRADES', easternDay(now) - time.day + 1).catch((error: unknown) => {
    if (error instanceof LegworkError && error.code === 'DATA_MISSING') return [];
    throw error;
  });
  const date = dayText(time.day);
  const value = bars.find((bar) => bar.date === date)?.[time.by];
  if (value === undefined) return undefined;
  const by = `, by the ${time.by} of ${row.symbol} on ${date} (${value.toFixed(2)}), estimated`;
  return { price: intrinsicAt(contract, value), at: time.at, by };
}
