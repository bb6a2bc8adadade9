/** The registered wake-ups of a market clock: waiters and times. */

interface Entry {
  readonly at: number;
  readonly actor: string;
  settle(result: 'reached' | 'interrupted'): void;
}

export class Wakeups {
  private readonly entries = new Set<Entry>();

  /** @param changed called after every change of the set */
  constructor(private readonly changed: () => void) {}

  /** Waits until `due` is called with a time at or past `at`, or until the signal aborts. */
  add(at: number, actor: string, signal: AbortSignal | undefined): Promise<'reached' | 'interrupted'> {
    if (signal?.aborted) return Promise.resolve('interrupted');
    return new Promise((resolve) => {
      const entry: Entry = {
        at,
        actor,
        settle: (result) => {
          if (!this.entries.delete(entry)) return;
          signal?.removeEventListener('abort', interrupted);
          resolve(result);
        },
      };
      const interrupted = () => {
        entry.settle('interrupted');
        this.changed();
      };
      signal?.addEventListener('abort', interrupted);
      this.entries.add(entry);
      this.changed();
    });
  }

  /** Resolves everything that is due, the earliest first. */
  due(now: number): void {
    const reached = [...this.entries].filter((entry) => entry.at <= now);
    reached.sort((left, right) => left.at - right.at);
    for (const entry of reached) entry.settle('reached');
  }

  earliest(): number | undefined {
    let earliest: number | undefined;
    for (const { at } of this.entries) if (earliest === undefined || at < earliest) earliest = at;
    return earliest;
  }

  isWaiting(actor: string): boolean {
    for (const entry of this.entries) if (entry.actor === actor) return true;
    return false;
  }

  interruptAll(): void {
    for (const entry of [...this.entries]) entry.settle('interrupted');
  }
}
