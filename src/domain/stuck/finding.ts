/** What may stop a position without a word: the causes that worker, watchdog and doctor search for. */

/** The alert of each cause, and what it says first. */
export const STUCK = {
  not_watched: 'Position is not watched',
  workflow_stuck: 'Workflow is stuck',
  activity_failing: 'Activity fails again and again',
  paused_outside: 'Paused in Temporal',
  slots_used_up: 'Tasks wait for a slot',
  build_not_polled: 'Build without a worker',
  temporal_unreachable: 'Temporal does not answer',
} as const;

export type StuckRule = keyof typeof STUCK;

export interface StuckFinding {
  readonly rule: StuckRule;
  /** Absent: it concerns no single position. */
  readonly positionId?: string;
  /** What, how much, and what to do. */
  readonly message: string;
  /** Names the cause: the same text as long as nothing has changed. */
  readonly cause: string;
  /** Wall time for which the cause must be seen before it is an alert, ms. */
  readonly afterMs: number;
}

/** One finding a rule and position, as alerts are kept: causes that concern no position are told together. */
export function perAlert(findings: readonly StuckFinding[]): readonly StuckFinding[] {
  const merged = new Map<string, StuckFinding>();
  for (const finding of findings) {
    const key = `${finding.rule} ${finding.positionId ?? ''}`;
    const before = merged.get(key);
    merged.set(key, before ? { ...before, message: `${before.message} ${finding.message}` } : finding);
  }
  return [...merged.values()];
}
