/**
 * The wire slot: one order at a time passes its last checks, gets its id and is written, so that ids reach the broker in rising
 * order. Reducing orders have their own rate lane and go first. The write frees the slot: no order waits for another's
 * acknowledgement.
 */

export class WireSlot {
  private busy = false;
  private readonly reducing: (() => void)[] = [];
  private readonly opening: (() => void)[] = [];

  /** Resolves to the release function when the slot is free; reducing orders overtake opening ones. */
  async acquire(purpose: 'OPEN' | 'REDUCE'): Promise<() => void> {
    if (this.busy) {
      await new Promise<void>((resolve) => (purpose === 'REDUCE' ? this.reducing : this.opening).push(resolve));
    }
    this.busy = true;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const next = this.reducing.shift() ?? this.opening.shift();
      // Handed over without becoming free in between, so that nobody can jump the queue.
      if (next) next();
      else this.busy = false;
    };
  }
}
