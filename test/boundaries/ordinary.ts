/** One ordinary life, and the boundaries that it passed. */
import { ended } from '../support/life.js';
import { type Lane, liveThrough, type Phase, type Point } from './life.js';

/** The boundaries of a life in each phase, in order. */
export type Passed = Readonly<Record<Phase, readonly string[]>>;

export async function ordinaryLife(lane: Lane): Promise<{ readonly positionId: string; readonly passed: Passed }> {
  const { worker, world } = lane;
  const entry = worker.list();
  let exit = entry;
  const whenOpen = () => {
    exit = worker.list();
  };
  let left: readonly string[] | undefined;
  const whenLeft = () => {
    left = exit();
  };
  const { positionId, next } = await liveThrough(lane, [], { whenOpen, whenLeft });
  await ended(world, positionId);
  if (next !== undefined) await ended(world, next.positionId);
  const passed = { entry: entry(), exit: left ?? exit() };
  worker.disarm();
  return { positionId, passed };
}

/** The boundaries of any order from its plan to its fills. */
export const PASSED_BY_AN_ORDER: readonly string[] = [
  'activity.placeOrder:before',
  'store.intents.plan:before',
  'store.intents.plan:after',
  'store.intents.markSending:after',
  'broker.orders.place:before',
  'broker.orders.place:after',
  'broker.orders.modify:after',
  'broker.says.order.Submitted',
  'store.intents.mark:before',
  'store.intents.mark:after',
  'store.fills.append:before',
  'store.fills.append:after',
  'store.executions.applyLedger:before',
  'store.executions.applyLedger:after',
  'activity.placeOrder:after',
];

/**
 * Those of a roll: each boundary once until the successor is built, and once more from there on, since its close and its opening pass
 * the same ones.
 */
export function pointsOfRoll(names: readonly string[], everyPassage: ReadonlySet<string>): readonly Point[] {
  const half = names.indexOf('activity.buildRoll:before');
  const closing = pointsOf('exit', names.slice(0, half), everyPassage);
  const before = (boundary: string) => names.slice(0, half).filter((name) => name === boundary).length;
  const opening = pointsOf('exit', names.slice(half), everyPassage);
  return [...closing, ...opening.map(({ phase, boundary, nth }) => ({ phase, boundary, nth: nth + before(boundary) }))];
}

/** Each distinct boundary once, and every passage of those that are cases of their own. */
export function pointsOf(phase: Phase, names: readonly string[], everyPassage: ReadonlySet<string>): readonly Point[] {
  const seen = new Map<string, number>();
  return names.flatMap((boundary) => {
    const nth = (seen.get(boundary) ?? 0) + 1;
    seen.set(boundary, nth);
    return nth === 1 || everyPassage.has(boundary) ? [{ phase, boundary, nth }] : [];
  });
}
