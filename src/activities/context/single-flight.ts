/** One run at a time. Callers that arrive during a run share the next one, which begins after they asked. */
export class SingleFlight<T> {
  private last: Promise<unknown> = Promise.resolve();
  /** The run that was requested and has not begun. */
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
