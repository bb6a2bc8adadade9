/**
 * The one current wait of each position: a watch, a working order, or plain time. A message can end it in process,
 * without waiting for a cancellation that arrives with a heartbeat.
 */

export interface Wait {
  readonly signal: AbortSignal;
  /** Ends the wait from inside, for instance when its order has filled. */
  wake(): void;
  /** Why the wait was ended from outside, if it was. */
  endedBy(): string | undefined;
  close(): void;
}

export class PositionWaits {
  private readonly present = new Map<string, Set<{ end(reason: string): void }>>();
  /** Ends that came while nobody waited. The wait they are meant for is about to begin and must not miss them. */
  private readonly early = new Map<string, string>();

  /** `notWaiting` hears of a position that changed while nothing in this process waits for it: its run may sleep. */
  constructor(private readonly notWaiting: (positionId: string) => void = () => undefined) {}

  /** Opens a wait for a position. Each turn of a waiting loop takes its own signal. */
  open(positionId: string): Wait & { next(): AbortSignal } {
    let controller = new AbortController();
    let reason = this.early.get(positionId);
    if (this.early.delete(positionId)) controller.abort();
    const entry = {
      end(why: string) {
        reason = why;
        controller.abort();
      },
    };
    const all = this.present.get(positionId) ?? new Set();
    all.add(entry);
    this.present.set(positionId, all);
    return {
      get signal() {
        return controller.signal;
      },
      next() {
        // A final end stays in force; a wake-up is used up by the turn that sees it.
        if (controller.signal.aborted && reason === undefined) controller = new AbortController();
        return controller.signal;
      },
      wake: () => controller.abort(),
      endedBy: () => reason,
      close: () => {
        all.delete(entry);
        if (all.size === 0) this.present.delete(positionId);
      },
    };
  }

  /** Ends every current wait of the position, or else the next one. */
  end(positionId: string, reason: string): void {
    const present = this.present.get(positionId);
    if (present === undefined) this.early.set(positionId, reason);
    else for (const entry of present) entry.end(reason);
  }

  /** Something of the position has changed that its run did not do. */
  changed(positionId: string, reason: string): void {
    const isWaiting = this.present.has(positionId);
    this.end(positionId, reason);
    if (!isWaiting) this.notWaiting(positionId);
  }

  /** The position is over: it will not wait again. */
  forget(positionId: string): void {
    this.early.delete(positionId);
  }
}
