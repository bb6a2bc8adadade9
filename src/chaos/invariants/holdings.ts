/** What was filled and is held: ledger, broker and positions say the same, and nothing was ever closed beyond what was held. */
import { MICROS_PER_DOLLAR } from '../../domain/money.js';
import type { OrderRecord } from '../../gateway/exchange/order-record.js';
import type { Evidence } from '../evidence.js';
import type { Violation } from './frames.js';

/** Every execution of ours at the broker is in the ledger as it was, corrections included, and nothing else is. */
export function ledgerIsBrokers({ broker, fills }: Evidence): readonly Violation[] {
  const theirs = new Map(
    broker.executions.filter(({ orderRef }) => orderRef.startsWith('LW|')).map((one) => [one.execId, one]),
  );
  const ours = new Map(fills.map((fill) => [fill.execId, fill]));
  const invariant = 'ledger is the broker’s';
  return [
    ...[...theirs.keys()]
      .filter((id) => !ours.has(id))
      .map((id) => ({ invariant, text: `${id} is not in the ledger` })),
    ...[...ours.keys()]
      .filter((id) => !theirs.has(id))
      .map((id) => ({ invariant, text: `${id} is only in the ledger` })),
    ...[...theirs].flatMap(([id, one]) => {
      const fill = ours.get(id);
      if (fill === undefined) return [];
      const same =
        fill.quantity === one.shares &&
        fill.side === (one.side === 'BOT' ? 'BUY' : 'SELL') &&
        fill.orderRef === one.orderRef &&
        Math.abs(fill.price - Math.round(one.price * MICROS_PER_DOLLAR)) <= 1;
      return same ? [] : [{ invariant, text: `${id} differs: ${fill.side} ${fill.quantity} at ${fill.price}` }];
    }),
  ];
}

/** The account holds what the positions say. */
export function positionsAgree({ broker, executions }: Evidence): readonly Violation[] {
  const sums = new Map<number, { broker: number; legs: number }>();
  const at = (conId: number) => {
    const sum = sums.get(conId) ?? { broker: 0, legs: 0 };
    sums.set(conId, sum);
    return sum;
  };
  for (const { contract, quantity } of broker.holdings) at(contract.conId).broker += quantity;
  for (const { legs } of executions) for (const leg of legs) at(leg.contract.conId).legs += leg.openQuantity;
  return [...sums]
    .filter(([, sum]) => sum.broker !== sum.legs)
    .map(([conId, sum]) => ({
      invariant: 'positions agree',
      text: `of ${conId} the broker holds ${sum.broker}, the positions say ${sum.legs}`,
    }));
}

/** At the moment a reducing order was taken, it and the others at work wanted no more than was held. */
export function neverBeyondHeld({ broker, intents }: Evidence): readonly Violation[] {
  const reducing = [...broker.done, ...broker.live].filter(
    ({ request }) => intents.get(request.orderRef)?.purpose === 'REDUCE',
  );
  return reducing.flatMap((record) =>
    record.legs.flatMap((leg) => {
      const { conId } = leg.contract;
      const time = record.placedAt;
      const wanted = reducing
        .filter((other) => other.placedAt <= time && (other.completedAt ?? Number.POSITIVE_INFINITY) > time)
        .reduce((sum, other) => sum + outstanding(broker, other, conId, time), 0);
      const own = outstanding(broker, record, conId, time);
      const held = broker.executions
        .filter((one) => one.contract.conId === conId && one.at <= time && isFirst(one.execId))
        .reduce((sum, one) => sum + (one.side === 'BOT' ? one.shares : -one.shares), 0);
      if (own === 0 || (Math.sign(held) === -Math.sign(own) && Math.abs(wanted) <= Math.abs(held))) return [];
      const text = `${record.request.orderRef} wanted ${own} of ${conId} (all: ${wanted}) while ${held} was held`;
      return [{ invariant: 'never beyond what is held', text }];
    }),
  );
}

/** Signed contracts that an order still wanted at a time. */
function outstanding(broker: Evidence['broker'], record: OrderRecord, conId: number, time: number): number {
  const side = record.request.action === 'BUY' ? 1 : -1;
  const legs = record.legs.filter(({ contract }) => contract.conId === conId);
  const whole = legs.reduce((sum, leg) => sum + side * leg.sign * leg.ratio * record.request.quantity, 0);
  const done = broker.executions
    .filter(
      (one) => one.permId === record.permId && one.contract.conId === conId && one.at <= time && isFirst(one.execId),
    )
    .reduce((sum, one) => sum + (one.side === 'BOT' ? one.shares : -one.shares), 0);
  return whole - done;
}

/** A correction repeats the quantity of the execution it corrects. */
function isFirst(execId: string): boolean {
  return execId.endsWith('.01');
}

/** Sold options that nothing bought covers: allowed only with an alert about it. */
export function nothingNakedUnseen({ broker, alerts }: Evidence): readonly Violation[] {
  const sides = new Map<string, { short: number; long: number; symbol: string }>();
  for (const { contract, quantity } of broker.holdings) {
    if (contract.secType === 'STK' && quantity === 0) continue;
    const key = `${contract.symbol} ${contract.right ?? contract.secType}`;
    const side = sides.get(key) ?? { short: 0, long: 0, symbol: contract.symbol };
    if (quantity < 0) side.short -= quantity;
    else side.long += quantity;
    sides.set(key, side);
  }
  const told = (symbol: string) => alerts.some((alert) => alert.status === 'ACTIVE' && alert.symbol === symbol);
  return [...sides]
    .filter(([, { short, long, symbol }]) => short > long && !told(symbol))
    .map(([key, { short, long }]) => ({
      invariant: 'nothing naked unseen',
      text: `${key}: ${short} short, ${long} long`,
    }));
}
