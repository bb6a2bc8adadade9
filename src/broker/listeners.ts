/** Listeners that cannot break their source: one that throws is logged, and the others are still notified. */
import type { Log } from '../domain/log.js';

export class Listeners<T> {
  private readonly all = new Set<(value: T) => void>();

  /** @param what for the log: `session` */
  constructor(
    private readonly what: string,
    private readonly log: Log,
  ) {}

  add(listener: (value: T) => void): () => void {
    this.all.add(listener);
    return () => {
      this.all.delete(listener);
    };
  }

  notify(value: T): void {
    for (const listener of [...this.all]) {
      try {
        listener(value);
      } catch (error) {
        this.log('error', `a listener of the ${this.what} failed`, { error: String(error) });
      }
    }
  }

  clear(): void {
    this.all.clear();
  }
}
