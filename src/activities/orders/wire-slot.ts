/**
 * The wire slot: one order at a time is on its way to the broker, so that evidence can be told apart. Reducing orders
 * have their own rate lane and go first. Whoever holds the slot gives it back when the order is acknowledged or its
 * acknowledgement is overdue; a muted order never holds back the next one for longer.
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
      // Handed over without becoming free in between, so that nobody slips past the queue.
      if (next) next();
      else this.busy = false;
    };
  }
}
