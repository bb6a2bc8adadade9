/** The gateway's clock: market time, epoch ms. All waiting inside the gateway goes through `schedule`. */
export interface GatewayClock {
  readonly mode: 'running' | 'stepped';
  now(): number;
  /** Runs `action` when the clock reaches `at`; equal times run in ascending `key`, then in order of scheduling. */
  schedule(at: number, key: string, action: () => void): { cancel(): void };
  /** Runs a client's message while time stands still, however long the machine takes. */
  atOneInstant<T>(action: () => T): T;
  /** Time of the earliest scheduled action, if any. */
  next(): number | undefined;
  /** Stepped mode only: goes to `to`, running every action due on the way, in order. */
  advance(to: number): void;
}
