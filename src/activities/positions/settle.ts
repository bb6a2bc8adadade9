/** Settles expired legs, and dividends of assigned shares, by a person's word or by the broker's Flex statement. */

import type { BrokerPosition } from '../../broker/api.js';
import type { SettledLine, SettleInput } from '../../contract/requests.js';
import { defined } from '../../domain/defined.js';
import { InvalidInput } from '../../domain/errors.js';
import { formatMoney, type Micros, parseMoney, toNumber } from '../../domain/money.js';
import { contractName } from '../../domain/order/order.js';
import { lacking } from '../../domain/position/external-fills.js';
import type { FlexSettlement } from '../../domain/position/flex.js';
import { type SaidSettlement, settleStep } from '../../domain/position/settle.js';
import { accountTellsAt, EXERCISED_FROM, intrinsicAt, isExpired } from '../../domain/position/settlement.js';
import { losingSide } from '../../domain/position/shrunk.js';
import type { LegRow, PositionRow } from '../../store/api.js';
import { existing } from '../context/existing.js';
import { type Change, type ExternalChangeParts, takeChanges } from '../orders/external-change.js';
import { deliveredFills, leavingFill } from '../orders/leaving-fills.js';
import { settleDividend, settleDividends } from './dividends.js';

type Asked = SettleInput & { readonly requestId?: string };

/**
 * One line per leg or dividend: what was done, or why nothing was. Throws NOT_FOUND for an unknown position and INVALID_INPUT for a price,
 * an amount or a day.
 */
export function settlePositions(parts: ExternalChangeParts, input: Asked): Promise<readonly SettledLine[]> {
  return parts.imports.run(() => settleInput(parts, input));
}

async function settleInput(parts: ExternalChangeParts, input: Asked): Promise<readonly SettledLine[]> {
  if (input.kind === 'price') return await settleByPrice(parts, input);
  if (input.kind === 'dividend') return await settleDividend(parts, input);
  // Shares that the statement brings may be those that its dividends count.
  return [...(await settleByStatement(parts, input.rows)), ...(await settleDividends(parts, input.dividends ?? []))];
}

async function settleByPrice(
  parts: ExternalChangeParts,
  { positionId, price: text, legNo, requestId }: Asked & { readonly kind: 'price' },
): Promise<readonly SettledLine[]> {
  const price = parseMoney(text);
  if (legNo !== undefined) return [await settleTraded(parts, { positionId, legNo, price, requestId })];
  if (price <= 0) throw new InvalidInput('--price', text, 'the price of the underlying, above zero');
  const { broker, store } = parts.deps;
  const row = await existing(store, positionId);
  const positions = await broker.positions();
  const lines: SettledLine[] = [];
  for (const leg of row.legs) {
    const { contract } = leg;
    const held = positions.rows.some(({ conId, quantity }) => conId === contract.conId && quantity !== 0);
    if (!isExpired(contract, broker.clock.now())) lines.push(refused(row, leg, 'it has not expired'));
    else if (leg.openQuantity !== 0 && (!positions.complete || held)) {
      lines.push(refused(row, leg, 'the account still shows it, or could not be read; the broker has not settled it'));
    } else lines.push(await settleLeg(parts, row, leg, saidByPrice(leg, price), Number.POSITIVE_INFINITY));
  }
  return lines;
}

/** A leg that left without an execution, at the price at which a person closed it. */
async function settleTraded(
  parts: ExternalChangeParts,
  asked: {
    readonly positionId: string;
    readonly legNo: number;
    readonly price: Micros;
    readonly requestId: string | undefined;
  },
): Promise<SettledLine> {
  const { positionId, legNo, price, requestId } = asked;
  if (price < 0) throw new InvalidInput('--price', formatMoney(price), 'the price of the leg per share, 0 or above');
  const { broker, store } = parts.deps;
  const row = await existing(store, positionId);
  let most = Number.POSITIVE_INFINITY;
  const leg = row.legs.find((one) => one.legNo === legNo);
  if (leg === undefined) throw new InvalidInput('--leg', `${legNo}`, `a leg of ${positionId}, 1 to ${row.legs.length}`);
  const changes = await store.externalChanges.ofPosition(positionId);
  if (requestId !== undefined && changes.some((change) => change.requestId === requestId)) {
    return await agreed(parts, row, leg);
  }
  if (leg.openQuantity !== 0) {
    const [positions, unsettled] = await Promise.all([broker.positions(), store.intents.unsettled()]);
    const { conId } = leg.contract;
    most = positions.complete ? lackingOf(leg, positions.rows, await store.executions.holding(conId)) : 0;
    if (most === 0) {
      return refused(
        row,
        leg,
        'the account still shows it, or could not be read; close it there or by `legwork close`',
      );
    }
    if (
      unsettled.some(
        ({ state, payload }) => state !== 'PLANNED' && payload.legs.some(({ contract }) => contract.conId === conId),
      )
    ) {
      return refused(row, leg, 'an order of it may still fill; cancel it or wait for its end');
    }
  }
  const said: SaidSettlement = { kind: 'traded', price, evidence: 'person', ...defined({ requestId }) };
  return await settleLeg(parts, row, leg, said, most, broker.clock.now());
}

/** How many contracts of this leg the account lacks against the ledgers of all positions that hold its contract. */
function lackingOf(
  { contract: { conId }, openQuantity }: LegRow,
  shown: readonly BrokerPosition[],
  rows: readonly PositionRow[],
): number {
  const account = shown.filter((one) => one.conId === conId).reduce((sum, { quantity }) => sum + quantity, 0);
  const holders = rows.flatMap(({ positionId, legs }) =>
    legs.filter(({ contract }) => contract.conId === conId).map((leg) => ({ positionId, quantity: leg.openQuantity })),
  );
  const isLosing = openQuantity > 0 === (losingSide(account, holders) === 'long');
  return isLosing ? lacking(account, holders) : 0;
}

/** What follows from a price of the underlying: cash by the option's value, or shares from a cent in the money on. */
function saidByPrice({ contract, openQuantity }: LegRow, price: Micros): SaidSettlement {
  const value = intrinsicAt(contract, toNumber(price));
  if (contract.style === 'european')
    return { kind: value === 0 ? 'expired' : 'settled', price: value, evidence: 'person' };
  if (value < EXERCISED_FROM) return { kind: 'expired', price: 0, evidence: 'person' };
  return { kind: openQuantity > 0 ? 'exercised' : 'assigned', price: 0, evidence: 'person' };
}

async function settleByStatement(
  parts: ExternalChangeParts,
  rows: readonly FlexSettlement[],
): Promise<readonly SettledLine[]> {
  const { store } = parts.deps;
  const lines: SettledLine[] = [];
  for (const said of rows) {
    let left = said.contracts;
    for (const found of await store.executions.holding(said.conId)) {
      if (found.account !== said.account || left === 0) continue;
      const row = await existing(store, found.positionId);
      const leg = row.legs.find(({ contract }) => contract.conId === said.conId);
      if (leg === undefined) continue;
      const { kind, price } = said;
      const line = await settleLeg(parts, row, leg, { kind, price, evidence: 'flex' }, left);
      left -= line.contracts;
      lines.push(line);
    }
  }
  return lines;
}

async function settleLeg(
  parts: ExternalChangeParts,
  row: PositionRow,
  leg: LegRow,
  said: SaidSettlement,
  most: number,
  at = accountTellsAt(leg.contract),
): Promise<SettledLine> {
  const { store } = parts.deps;
  const step = settleStep(leg, await store.externalChanges.ofPosition(row.positionId), said);
  if (step.kind === 'refused') return refused(row, leg, step.reason);
  if (step.kind === 'agrees') return await agreed(parts, row, leg);
  const change = step.kind === 'take' ? taking(row, leg, said, { most, at }) : correcting(row, leg, step);
  const taken = await takeChanges(parts, [change]);
  if (taken.length === 0) return refused(row, leg, 'its contracts have changed meanwhile; look at it and say it again');
  const contracts = change.fills[0].quantity;
  if (step.kind === 'take') return line(row, leg, 'settled', contracts, change.change.text);
  const left = step.left.map(
    ({ quantity, price }) => ` ${quantity} more at ${formatMoney(price)} is still an estimate; say its price next.`,
  );
  return line(row, leg, 'corrected', contracts, change.change.text + left.join(''));
}

/** The process may have died between the import and the fold. */
async function agreed(parts: ExternalChangeParts, row: PositionRow, leg: LegRow): Promise<SettledLine> {
  await parts.tracker.projectNow(row.positionId);
  return line(row, leg, 'agrees', 0, 'it already has this settlement');
}

const WHO = { person: 'by a person', flex: "by the broker's statement" } as const;

function taking(
  row: PositionRow,
  leg: LegRow,
  said: SaidSettlement,
  { most, at }: { readonly most: number; readonly at: number },
): Change {
  const { contract, openQuantity: from } = leg;
  const count = Math.min(Math.abs(from), most);
  const to = from - Math.sign(from) * count;
  const execId = `${said.evidence}-${contract.conId}-${row.positionId}-${from}to${to}`;
  const leaving = { row, contract, from, to, execId, at };
  const { kind, evidence, requestId } = said;
  const common = { legNo: leg.legNo, kind, evidence, estimated: false, ...defined({ requestId }) } as const;
  const what = `${count} ${contractName(contract)} ${said.kind} at ${formatMoney(said.price)}, ${WHO[said.evidence]}`;
  if (said.kind !== 'assigned' && said.kind !== 'exercised') {
    const change = { ...common, shares: 0, text: `${what}.` };
    return { row, fills: [leavingFill(leaving, said.price)], change, from };
  }
  const { fills, shares } = deliveredFills(leaving);
  const text = `${what}, with ${shares} shares of ${row.symbol} at ${formatMoney(fills[1].price)}.`;
  return { row, fills, change: { ...common, shares, text }, critical: true, from };
}

function correcting(
  row: PositionRow,
  leg: LegRow,
  { before, said, execId }: Extract<ReturnType<typeof settleStep>, { kind: 'correct' }>,
): Change {
  const side = leg.action === 'BUY' ? ('SELL' as const) : ('BUY' as const);
  const leaving = { row, contract: leg.contract, from: before.quantity * (side === 'SELL' ? 1 : -1), to: 0 };
  const fill = leavingFill({ ...leaving, execId, at: before.at }, said.price);
  const text = `${before.quantity} ${contractName(leg.contract)} corrected from ${formatMoney(before.price)} to ${formatMoney(said.price)}, ${WHO[said.evidence]}.`;
  const { evidence, kind, requestId } = said;
  const change = { legNo: leg.legNo, kind, shares: 0, evidence, estimated: false, text, ...defined({ requestId }) };
  return { row, fills: [fill], change };
}

function line(
  { positionId }: PositionRow,
  { legNo, contract }: LegRow,
  outcome: SettledLine['outcome'],
  contracts: number,
  text: string,
): SettledLine {
  return { positionId, legNo, contract: contractName(contract), outcome, contracts, text };
}

function refused(row: PositionRow, leg: LegRow, reason: string): SettledLine {
  return line(row, leg, 'refused', 0, reason);
}
