/**
 * Answers to one client's requests for contract details. IB throttles them when whole chains are requested: Lean saw delays
 * of up to a minute.
 */
import type { ClientPort } from './port.js';

const LATEST_MS = 60_000;

export class DetailsQueue {
  readonly #client: ClientPort;
  /** When the earlier answers are paid off, epoch ms. */
  #paid = Number.NEGATIVE_INFINITY;

  constructor(client: ClientPort) {
    this.#client = client;
  }

  /** Answers now, or when the throttle permits. */
  answer(action: () => void): void {
    const { throttle } = this.#client.faults.data;
    if (!throttle) {
      action();
      return;
    }
    const { clock } = this.#client;
    const now = clock.now();
    this.#paid = Math.max(this.#paid, now) + throttle.everyMs;
    const late = Math.min(this.#paid - now - throttle.burst * throttle.everyMs, LATEST_MS);
    if (late <= 0) action();
    else clock.schedule(now + late, 'fault:throttleDetails', action);
  }
}
