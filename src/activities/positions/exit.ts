/** From an exit command to combos, and from the exit's fills back to the record. */

import type {
  ExitPlan,
  PositionActivities,
  PositionSummary,
  ProtectiveRole,
  Refusal,
} from '../../contract/activities.js';
import { CLOSED_OUTSIDE, REQUEST_KINDS } from '../../contract/exit-command.js';
import type { ExitCommand } from '../../contract/requests.js';
import { isExternalRef, parseOrderRef } from '../../domain/ids.js';
import { closingLegs, type LegContracts } from '../../domain/order/legs.js';
import { isProtective } from '../../domain/order/protection.js';
import { BROKEN_RULE, type ClosingOrder, closingOrders, heldText, isBroken } from '../../domain/position/broken.js';
import { effectiveFills } from '../../domain/position/effective-fills.js';
import { isFlat, openStatus } from '../../domain/position/status.js';
import { reversalOf } from '../../domain/position/unbalanced.js';
import { partialDone } from '../../domain/rules/memory.js';
import { combosToClose, DEFAULT_CLOSE_RATIO } from '../../domain/rules/reduce-size.js';
import { rollPolicyOf } from '../../domain/rules/roll-policy.js';
import type { RulesSettings } from '../../domain/rules/settings.js';
import type { PositionRow, Store } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { existing } from '../context/existing.js';
import { followUpOf } from '../orders/broken-alert.js';
import { wasOpenedByLegs } from '../orders/by-legs.js';
import { EXIT_UNFILLED } from '../orders/exit-alert.js';
import { PROTECTIVE_RULES } from '../orders/protective-alerts.js';
import { absentLegs, NO_NET_PRICE, ordersWithout, whyNotWithout } from './absent-legs.js';
import type { OpeningParts } from './opening.js';
import { summaryOf } from './summary.js';

export interface ExitParts extends OpeningParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'configHash' | 'meters' | 'settings' | 'store'>;
  /** The refusal when the position could not be rolled now; nothing is saved. */
  readonly tryRoll: (row: PositionRow, command: ExitCommand) => Promise<Refusal | undefined>;
}

interface Input {
  readonly positionId: string;
  readonly command: ExitCommand;
}

/** Marks the position EXITING and the person's request RUNNING. Nothing to do is an answer, not an error. */
export async function planExit(
  parts: ExitParts,
  input: Parameters<PositionActivities['planExit']>[0],
): Promise<ExitPlan> {
  const { store, broker } = parts.deps;
  const { positionId, command } = input;
  const at = broker.clock.now();
  const row = await parts.tracker.projectNow(positionId);
  if (isFlat(row)) {
    await closeIfFlat(parts, row, command, at);
    const by = CLOSERS[(await closedBy(parts, positionId)) ?? 'exit'].told;
    return { kind: 'nothing', result: 'ALREADY_CLOSED', reason: `The position is already closed${by}.` };
  }
  const absent = await absentLegs(store, row);
  if (isBroken(row) || absent.size > 0) {
    const { rules } = parts.deps.settings();
    const why = isBroken(row) ? whyOnlyClosed(row, command, rules) : whyNotWithout(command, absent, rules);
    if (why !== undefined && !(await isOwnDoing(store, row, input))) {
      return { kind: 'nothing', result: 'REFUSED', reason: why, code: 'RISK_REFUSED' };
    }
    return await planBrokenExit(parts, input, row, absent);
  }
  const combos = combosOf(row, command, parts.deps.settings().rules.takeProfit);
  if (typeof combos === 'string') {
    const refused = command.by === 'person';
    return {
      kind: 'nothing',
      result: refused ? 'REFUSED' : 'NO_ACTION',
      reason: combos,
      ...(refused && { code: 'RISK_REFUSED' }),
    };
  }
  const byLegs = input.byLegs === true || (await wasOpenedByLegs(store, row));
  if (byLegs && command.pricing.kind === 'limit') {
    return { kind: 'nothing', result: 'REFUSED', reason: NO_NET_PRICE, code: 'RISK_REFUSED' };
  }
  const cannotRoll = command.action === 'ROLL' ? await whyNotRolled(parts, row, input) : undefined;
  if (cannotRoll !== undefined) return cannotRoll;
  await store.executions.update_execution_status(positionId, 'EXITING', at);
  if (command.by === 'person') await markRunning(parts, input, at);
  const step = await store.executions.raiseStep(positionId, input.step);
  const plan: ExitPlan = { kind: 'exit', combos, closesAll: combos === row.openCombos, step, plannedAt: at };
  if (!byLegs) return plan;
  return { ...plan, whole: true, legs: closingLegs(row.legs, combos).map(legOrder) };
}

/**
 * Whether the exit itself has put the legs out of their ratio, by closing them one by one: then it goes on to its end. So does a roll that
 * has closed a part. Shares, and what somebody else closed beside an order on the combination, come from outside.
 */
async function isOwnDoing(
  { intents }: Pick<Store, 'intents'>,
  row: PositionRow,
  { positionId, command, begun }: Parameters<PositionActivities['planExit']>[0],
): Promise<boolean> {
  if (begun === undefined) return false;
  if (command.action === 'ROLL' && begun.filledCombos > 0) return true;
  if (row.shares !== 0 || !isBroken(row)) return false;
  const closing = await intents.list({ positionId, purpose: 'REDUCE' });
  return closing.some(({ role, createdAt }) => role.startsWith('leg') && createdAt >= (begun.since ?? 0));
}

/**
 * Why a broken position is neither rolled nor reduced: it has no whole combos. Undefined where it is closed instead, as the policy of
 * the roll or the partial profit says, and where nothing of it can be closed. A person who reduces it has not asked to close it.
 */
export function whyOnlyClosed(row: PositionRow, command: ExitCommand, rules: RulesSettings): string | undefined {
  const { action, by } = command;
  if (action !== 'ROLL' && action !== 'REDUCE') return undefined;
  const mayClose =
    action === 'ROLL'
      ? rollPolicyOf(command, rules) !== 'roll'
      : by === 'rule' && rules.takeProfit.onIndivisible === 'close';
  if (mayClose || closingOrders(row, 'flatten_as_unit').length === 0) return undefined;
  const what = action === 'ROLL' ? 'rolled' : 'reduced';
  return `It is broken, so it cannot be ${what} and stays open: it holds ${heldText(row)}. Close all of it with \`legwork close ${row.positionId}\`.`;
}

/** The rest of a broken position is closed: automatically as far as the settings say, else as a whole. */
async function planBrokenExit(
  parts: ExitParts,
  input: Input & { readonly step: number },
  row: PositionRow,
  absent: ReadonlySet<number>,
): Promise<ExitPlan> {
  const followUp = followUpOf(parts.deps, row);
  const orders = ordersWithout(row, absent, input.command.rule === BROKEN_RULE ? followUp : 'flatten_as_unit');
  if (typeof orders === 'string') return { kind: 'nothing', result: 'REFUSED', reason: orders, code: 'PARKED' };
  if (orders.length === 0 && row.shares !== 0) {
    const reason = `The ${row.shares} shares of ${row.symbol} are left to you, as assignment.followUp says.`;
    return { kind: 'nothing', result: 'NO_ACTION', reason };
  }
  if (orders.length === 0) {
    const reason = reversalOf(row.legs) ?? 'Nothing is left that can be closed.';
    return { kind: 'nothing', result: 'REFUSED', reason, code: 'PARKED' };
  }
  const { store, broker } = parts.deps;
  const at = broker.clock.now();
  if (row.status !== 'BROKEN') await store.executions.update_execution_status(row.positionId, 'EXITING', at);
  if (input.command.by === 'person') await markRunning(parts, input, at);
  return {
    kind: 'exit',
    combos: row.openCombos,
    closesAll: true,
    step: await store.executions.raiseStep(row.positionId, input.step),
    plannedAt: at,
    legs: orders,
  };
}

function legOrder({ legNo, contracts }: LegContracts): ClosingOrder {
  return { role: `leg${legNo}`, contracts };
}

/**
 * With the policy `roll`, a position that has nowhere to go stays as it is; with `roll_or_close`, only the close is done. Once
 * part of it is closed the roll goes on.
 */
async function whyNotRolled(
  parts: ExitParts,
  row: PositionRow,
  { command, begun }: Parameters<PositionActivities['planExit']>[0],
): Promise<ExitPlan | undefined> {
  if (begun !== undefined && begun.filledCombos > 0) return undefined;
  if (rollPolicyOf(command, parts.deps.settings().rules) !== 'roll') return undefined;
  const refusal = await parts.tryRoll(row, command);
  if (refusal === undefined) return undefined;
  const reason = `It cannot be rolled and stays open: ${refusal.reasons.join(' ')}`;
  return { kind: 'nothing', result: 'REFUSED', reason, code: refusal.code };
}

/**
 * Combos that a command closes: all, or a share that closes at least one and leaves at least one. An indivisible position is
 * closed whole, or stays with `onIndivisible: hold`.
 */
export function combosOf(
  row: Pick<PositionRow, 'openCombos'>,
  command: Pick<ExitCommand, 'action' | 'ratio'>,
  { onIndivisible }: Pick<RulesSettings['takeProfit'], 'onIndivisible'>,
): number | string {
  if (command.action !== 'REDUCE' || (row.openCombos < 2 && onIndivisible === 'close')) return row.openCombos;
  if (row.openCombos < 2)
    return 'One combo is open, and rules.takeProfit.onIndivisible is hold: it cannot be reduced without closing the position; close it instead.';
  return combosToClose(row.openCombos, command.ratio ?? DEFAULT_CLOSE_RATIO);
}

async function markRunning(parts: Pick<ExitParts, 'deps'>, { positionId, command }: Input, at: number): Promise<void> {
  const { requests } = parts.deps.store;
  const { requestId, action } = command;
  const kind = REQUEST_KINDS[action];
  const asked = await requests.open({ requestId, positionId, kind, params: {}, createdAt: at });
  // One row per request, however often its exit has to be worked.
  if (asked.status === 'QUEUED') await recordAsked(parts, positionId, command, at);
  await requests.move(requestId, 'RUNNING', undefined, at);
}

/** A person's decision stands beside those of the rules. */
async function recordAsked(
  parts: Pick<ExitParts, 'deps'>,
  positionId: string,
  command: ExitCommand,
  at: number,
): Promise<void> {
  const { deps } = parts;
  const { action, urgency, rule, reason, requestId, ratio, dte, overrideHalt } = command;
  deps.meters.decided(positionId);
  await deps.store.decisions.append({
    subjectId: positionId,
    kind: 'manual',
    action,
    urgency,
    rule,
    reason,
    metadata: { requestId, overrideHalt, ratio: ratio ?? null, dte: dte ?? null },
    at,
    inputs: { command },
    configHash: deps.configHash(),
    skipped: [],
  });
}

/** Folds the exit's fills. When flat, the position is CLOSED with the rule, the action and the realised P&L. */
export async function recordExit(parts: OpeningParts, { positionId, command }: Input): Promise<PositionSummary> {
  const { store, broker } = parts.deps;
  const at = broker.clock.now();
  const row = await parts.tracker.projectNow(positionId);
  if (isFlat(row)) await closeIfFlat(parts, row, command, at);
  else if (row.status !== 'BROKEN') await store.executions.update_execution_status(positionId, openStatus(row), at);
  // What was closed uses it up, not the decision alone.
  if (command.rule === 'take_profit_partial' && row.openCombos < row.openedCombos) {
    await store.executions.saveMemory(positionId, partialDone(row.memory));
  }
  return await summaryOf(parts.deps, await existing(parts.deps.store, positionId));
}

async function closeIfFlat(parts: OpeningParts, row: PositionRow, command: ExitCommand, at: number): Promise<void> {
  if (row.status === 'CLOSED' || row.status === 'FAILED') return;
  const { store } = parts.deps;
  await store.alerts.end({ rule: EXIT_UNFILLED, positionId: row.positionId }, at);
  const rule = CLOSERS[(await closedBy(parts, row.positionId)) ?? 'exit'].rule;
  await store.executions.update_execution_status(row.positionId, 'CLOSED', at, {
    exitRule: rule ?? command.rule,
    exitAction: rule === undefined ? command.action : 'CLOSE',
  });
  parts.book.remove(row.positionId);
}

/** Who made a position flat other than an exit: what its row says, and what a person is told who asks to close it then. */
const CLOSERS = {
  stop: { rule: PROTECTIVE_RULES.stop, told: ' by the protective order' },
  target: { rule: PROTECTIVE_RULES.target, told: ' by the profit target' },
  outside: { rule: CLOSED_OUTSIDE, told: ', outside Legwork' },
  exit: { rule: undefined, told: '' },
} as const;

/** Whose execution is the last one, whatever was requested meanwhile; undefined for an order of an exit. */
async function closedBy(
  { deps }: Pick<OpeningParts, 'deps'>,
  positionId: string,
): Promise<ProtectiveRole | 'outside' | undefined> {
  const last = effectiveFills(await deps.store.fills.ofPosition(positionId)).at(-1);
  if (last === undefined) return undefined;
  if (isExternalRef(last.orderRef)) return 'outside';
  const role = parseOrderRef(last.orderRef)?.role;
  return role !== undefined && isProtective(role) ? role : undefined;
}
