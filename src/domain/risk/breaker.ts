/**
 * The circuit breaker of openings: some failures within a short time stop further openings for a while. After that it is half open: it
 * tries one opening at a time until enough of them have reached the broker; a failure stops them again. The outcomes of the openings
 * alone determine it, so a restart neither trips nor resets it. Reducing orders never consult it.
 */
import type { RiskSettings } from './settings.js';

/** The outcome of an opening order: the broker took it, or failed it for a reason of the link or of the account. */
export interface OpeningOutcome {
  /** Market time, epoch ms. */
  readonly at: number;
  readonly kind: 'reached' | 'failed';
}

export type Breaker =
  | { readonly kind: 'closed' }
  /** Nothing is sent before `until`, market time. */
  | { readonly kind: 'open'; readonly until: number }
  /** One at a time; this many must reach the broker before it closes. */
  | { readonly kind: 'half-open'; readonly missing: number };

/** `outcomes` in any order; those after `now` do not count. */
export function breakerAt(
  outcomes: readonly OpeningOutcome[],
  now: number,
  settings: RiskSettings['breaker'],
): Breaker {
  const { failures: limit, windowSeconds, cooldownSeconds, successes } = settings;
  let state: Breaker = { kind: 'closed' };
  let failures: number[] = [];
  const at = (time: number): Breaker =>
    state.kind === 'open' && time >= state.until ? { kind: 'half-open', missing: successes } : state;
  for (const outcome of [...outcomes].filter((one) => one.at <= now).sort((a, b) => a.at - b.at)) {
    state = at(outcome.at);
    if (outcome.kind === 'reached') {
      if (state.kind !== 'half-open') continue;
      state = state.missing > 1 ? { ...state, missing: state.missing - 1 } : { kind: 'closed' };
      continue;
    }
    failures = [...failures, outcome.at].filter((one) => outcome.at - one <= windowSeconds * 1000);
    if (state.kind === 'closed' && failures.length < limit) continue;
    state = { kind: 'open', until: outcome.at + cooldownSeconds * 1000 };
    failures = [];
  }
  return at(now);
}
