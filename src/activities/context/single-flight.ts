/** One run at a time. Who asks during a run gets the next one, together with all who ask meanwhile: it begins after they asked. */
export class SingleFlight<T> {
  private last: Promise<unknown> = Promise.resolve();
  /** Asked for and not begun yet. */
  private waiting: Promise<T> | undefined;

  run(work: () => Promise<T>): Promise<T> {
    if (this.waiting !== undefined) return this.waiting;
    this.waiting = this.last.then(() => {
      this.waiting = undefined;
      return work();
    });
    this.last = this.waiting.catch(() => undefined);
    return this.waiting;
  }
}
