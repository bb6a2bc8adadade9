/** An open position whose rules have not been evaluated for too long while its options trade. */
import { sessionAt, sessionFacts } from 'market-time';
import type { OptionContract } from '../option.js';
import { isExpired } from '../position/settlement.js';
import { isFlat } from '../position/status.js';
import { reversalOf } from '../position/unbalanced.js';
import type { StuckFinding } from './finding.js';

type Legs = Parameters<typeof reversalOf>[0];
type Position = Parameters<typeof isFlat>[0] & {
  readonly positionId: string;
  readonly paused: boolean;
  readonly openingEndedAt?: number;
  readonly legs: Legs;
};

/** Market time. */
const LEAST_MS = 120_000;
const SNAPSHOTS = 3;
/** Wall time in which a watch that has just begun stores its first snapshot. */
const AGAIN_MS = 15_000;

/**
 * @param evaluatedAt market time of the last stored evaluation, epoch ms
 * @param everyMs market time between two stored evaluations
 * @param now market time, epoch ms
 */
export function oldEvaluation(
  position: Position,
  evaluatedAt: number | undefined,
  everyMs: number,
  now: number,
): StuckFinding | undefined {
  const { positionId } = position;
  const ageMs = evaluationAgeMs(position, evaluatedAt, now);
  if (ageMs === undefined || ageMs <= Math.max(SNAPSHOTS * everyMs, LEAST_MS)) return undefined;
  const since = now - ageMs;
  const message = `The rules of ${positionId} were last evaluated ${Math.round(ageMs / 1000)} s ago, and its options trade. Until they run again, no rule closes it. \`legwork doctor\` says what is missing; if nothing is missing, restart the worker. Close it at the broker if it must be out now.`;
  return { rule: 'not_watched', positionId, message, cause: `evaluated ${positionId} ${since}`, afterMs: AGAIN_MS };
}

/**
 * Time for which the options of the position have traded today since its rules were evaluated, ms; undefined while they need not be.
 * `evaluatedAt` and `now` are market time, epoch ms.
 */
export function evaluationAgeMs(position: Position, evaluatedAt: number | undefined, now: number): number | undefined {
  const { openingEndedAt } = position;
  if (!isEvaluated(position) || openingEndedAt === undefined) return undefined;
  const legs: Legs = position.legs;
  const held = legs.filter(({ openQuantity }) => openQuantity !== 0);
  const openMs = Math.max(0, ...held.map(({ contract }) => tradingMs(contract, now)));
  return now - Math.max(evaluatedAt ?? 0, openingEndedAt, now - openMs);
}

/** The rules stand still while an exit works, while a person has paused them, and for what a person must settle. */
function isEvaluated(position: Position): boolean {
  const { status, paused, legs } = position;
  return (
    (status === 'FILLED' || status === 'PARTIAL') && !paused && !isFlat(position) && reversalOf(legs) === undefined
  );
}

/** Time for which the contract has been trading today; 0 while it does not, or never again. */
function tradingMs(contract: OptionContract, now: number): number {
  const { tradingClass, expiry } = contract;
  return isExpired(contract, now) ? 0 : sessionFacts(now, sessionAt(now, tradingClass, expiry, [])).sinceOpenMs;
}

/** Market time between two stored evaluations by the settings, ms. */
export function storedEveryMs(watch: {
  readonly mode: 'stream' | 'poll';
  readonly snapshotSeconds: number;
  readonly intervalSeconds: number;
}): number {
  return Math.max(watch.snapshotSeconds, watch.mode === 'poll' ? watch.intervalSeconds : 0) * 1000;
}
