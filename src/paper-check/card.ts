/** A card: one assumption about the broker, its source, the code that relies on it, and its trial. */
import type { Stage } from './stage.js';

export type Verdict = 'agrees' | 'differs' | 'not_tried';

/** The result of a trial. `reason` says why it differs. */
export interface Finding {
  readonly verdict: 'agrees' | 'differs';
  readonly observed: string;
  readonly reason?: string;
}

/** `open`: the options market must be open. `fill`: an order must fill, which requires `--fill`. */
export type Need = 'open' | 'fill';

export interface Card {
  readonly id: string;
  readonly assumption: string;
  /** A public source of the assumption. */
  readonly source: string;
  readonly method: string;
  /** File under `src` that relies on it. */
  readonly place: string;
  readonly needs?: readonly Need[];
  /** Requests that the broker is assumed to serve: a refusal, or silence, differs. */
  readonly serves?: readonly string[];
  run(stage: Stage): Promise<Finding>;
}

export interface CardResult {
  readonly id: string;
  readonly assumption: string;
  readonly source: string;
  readonly method: string;
  readonly observed: string | null;
  readonly verdict: Verdict;
  readonly reason: string | null;
}

export function agrees(observed: string): Finding {
  return { verdict: 'agrees', observed };
}

export function differs(observed: string, reason: string): Finding {
  return { verdict: 'differs', observed, reason };
}

/** Agrees when it holds; otherwise differs with the reason. */
export function agreesIf(holds: boolean, observed: string, reason: string): Finding {
  return holds ? agrees(observed) : differs(observed, reason);
}
