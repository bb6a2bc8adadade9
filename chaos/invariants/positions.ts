/** What was filled and is held: ledger, broker and positions say the same, and nothing was ever closed beyond what was held. */

import type { OrderRecord } from 'ib-gateway/simulation';
import { MICROS_PER_DOLLAR } from 'legwork';
import type { Evidence } from '../evidence.js';
import type { Violation } from './frames.js';

/** End of the reference of what no order of ours did. */
const EXTERNAL = '|0|external|1';

/** Every execution of ours at the broker is in the ledger as it was, corrections included, and nothing else is. */
export function ledgerIsBrokers({ broker, fills }: Evidence): readonly Violation[] {
  const theirs = new Map(
    broker.executions.filter(({ orderRef }) => orderRef.startsWith('LW|')).map((one) => [one.execId, one]),
  );
  // What somebody else did is in the ledger under no order: the account is held against that.
  const ours = new Map(fills.filter(({ orderRef }) => !orderRef.endsWith(EXTERNAL)).map((fill) => [fill.execId, fill]));
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

/** The account holds what the positions say, to the contract and the share. */
export function positionsAgree({ broker, executions }: Evidence): readonly Violation[] {
  const sums = new Map<number, { broker: number; legs: number }>();
  const at = (conId: number) => {
    const sum = sums.get(conId) ?? { broker: 0, legs: 0 };
    sums.set(conId, sum);
    return sum;
  };
  for (const { contract, quantity } of broker.holdings) at(contract.conId).broker += quantity;
  for (const { legs, shares, underlyingConId } of executions) {
    at(underlyingConId).legs += shares;
    for (const leg of legs) at(leg.contract.conId).legs += leg.openQuantity;
  }
  return [...sums]
    .filter(([, sum]) => sum.broker !== sum.legs)
    .map(([conId, sum]) => ({
      invariant: 'positions agree',
      text: `of ${conId} the broker holds ${sum.broker}, the positions say ${sum.legs}`,
    }));
}

/**
 * At the moment a reducing order was taken up, it and the others at work wanted no more than was held. In a group that cancels with
 * block only one can fill, so its largest counts; the child of a bracket is taken up when its parent has filled.
 */
export function neverBeyondHeld({ broker, intents, moves }: Evidence): readonly Violation[] {
  const all = [...broker.done, ...broker.live];
  const reducing = all
    .filter(({ request }) => intents.get(request.orderRef)?.purpose === 'REDUCE')
    .map((record) => ({ record, from: takenUpAt(record, all) }));
  return reducing.flatMap(({ record, from: time }) =>
    record.legs.flatMap((leg) => {
      const { conId } = leg.contract;
      // Positions may hold shares on both sides, which the account nets: that each closed its own shows in what is left.
      if (time === undefined || leg.contract.secType === 'STK') return [];
      const atWork = reducing.filter(
        ({ record: other, from }) =>
          from !== undefined && from <= time && (other.completedAt ?? Number.POSITIVE_INFINITY) > time,
      );
      const wanted = wantedTogether(
        atWork.map(({ record: other }) => other),
        (other) => outstanding(broker, other, conId, time),
      );
      const own = outstanding(broker, record, conId, time);
      const traded = broker.executions
        .filter((one) => one.contract.conId === conId && one.at <= time && isFirst(one.execId))
        .reduce((sum, one) => sum + (one.side === 'BOT' ? one.shares : -one.shares), 0);
      const held = moves
        .filter((move) => move.conId === conId && move.at <= time)
        .reduce((sum, { quantity }) => sum + quantity, traded);
      if (own === 0 || (Math.sign(held) === -Math.sign(own) && Math.abs(wanted) <= Math.abs(held))) return [];
      const text = `${record.request.orderRef} wanted ${own} of ${conId} (all: ${wanted}) while ${held} was held`;
      return [{ invariant: 'never beyond what is held', text }];
    }),
  );
}

/** When an order could first fill: a child only after its parent; undefined when it never could. */
function takenUpAt(record: OrderRecord, all: readonly OrderRecord[]): number | undefined {
  const { parentId, clientId } = record.request;
  if (parentId === undefined) return record.placedAt;
  const parent = all.find(({ request }) => request.orderId === parentId && request.clientId === clientId);
  if (parent?.status !== 'Filled') return undefined;
  return Math.max(record.placedAt, parent.completedAt ?? record.placedAt);
}

/** Sum over the orders, counting only the largest order of each group. */
function wantedTogether(records: readonly OrderRecord[], wants: (record: OrderRecord) => number): number {
  const groups = new Map<string, number>();
  for (const record of records) {
    const key = record.request.ocaGroup ?? record.request.orderRef;
    const before = groups.get(key) ?? 0;
    const wanted = wants(record);
    groups.set(key, Math.abs(wanted) > Math.abs(before) ? wanted : before);
  }
  return [...groups.values()].reduce((sum, wanted) => sum + wanted, 0);
}

/** No leg was ever held on the other side than it was opened, by what the broker executed for the position: nothing closed it twice. */
export function nothingReversed({ broker, executions }: Evidence): readonly Violation[] {
  return executions.flatMap(({ positionId, legs }) =>
    legs.flatMap(({ contract, action }) => {
      let held = 0;
      const crossed = broker.executions
        .filter((one) => one.orderRef.includes(`|${positionId}|`) && one.contract.conId === contract.conId)
        .filter((one) => isFirst(one.execId))
        .sort((a, b) => a.at - b.at)
        .some((one) => {
          held += one.side === 'BOT' ? one.shares : -one.shares;
          return action === 'BUY' ? held < 0 : held > 0;
        });
      return crossed
        ? [{ invariant: 'nothing closed twice', text: `${positionId} closed more of ${contract.conId} than it held` }]
        : [];
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
