/** Every invariant that a seed is held to when it has come to rest. */
import type { Evidence } from '../evidence.js';
import { entriesOpen } from './entries.js';
import type { Violation } from './frames.js';
import { expiredHasMoney, moneyAgrees } from './money.js';
import {
  committedFirst,
  leaseHeld,
  nothingParked,
  oneLiveOrderPerIntent,
  oneOrderPerReference,
  rightAccount,
  takenOnce,
} from './orders.js';
import { changesAreTold } from './outside.js';
import { ledgerIsBrokers, neverBeyondHeld, nothingNakedUnseen, nothingReversed, positionsAgree } from './positions.js';
import {
  exitsInTime,
  nothingLeavesWhileHalted,
  nothingOpensOnDelayedQuotes,
  nothingOpensWhileHalted,
  onlyWhenOpen,
} from './times.js';

export { type NotOpened, notOpened } from './entries.js';
export type { Violation } from './frames.js';

const INVARIANTS: readonly ((evidence: Evidence) => readonly Violation[])[] = [
  oneOrderPerReference,
  takenOnce,
  oneLiveOrderPerIntent,
  committedFirst,
  leaseHeld,
  rightAccount,
  nothingParked,
  nothingOpensWhileHalted,
  nothingLeavesWhileHalted,
  nothingOpensOnDelayedQuotes,
  onlyWhenOpen,
  exitsInTime,
  entriesOpen,
  ledgerIsBrokers,
  positionsAgree,
  neverBeyondHeld,
  nothingNakedUnseen,
  nothingReversed,
  changesAreTold,
  expiredHasMoney,
  moneyAgrees,
];

export function violationsOf(evidence: Evidence): readonly Violation[] {
  return INVARIANTS.flatMap((invariant) => invariant(evidence));
}
