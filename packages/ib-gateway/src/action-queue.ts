/**
 * Actions waiting for their time, taken in the order (time, key, order of adding).
 */

export interface WaitingAction {
  readonly at: number;
  readonly key: string;
  readonly sequence: number;
  readonly action: () => void;
}

function before(left: WaitingAction, right: WaitingAction): boolean {
  if (left.at !== right.at) return left.at < right.at;
  if (left.key !== right.key) return left.key < right.key;
  return left.sequence < right.sequence;
}

/** A binary heap; cancelled actions are dropped when they come to the top. */
export class ActionQueue {
  readonly #heap: WaitingAction[] = [];
  readonly #cancelled = new Set<number>();
  #sequence = 0;

  add(at: number, key: string, action: () => void): { cancel(): void } {
    this.#sequence += 1;
    const entry: WaitingAction = { at, key, sequence: this.#sequence, action };
    let live = true;
    this.#push({
      ...entry,
      action: () => {
        live = false;
        action();
      },
    });
    return {
      cancel: () => {
        if (live) this.#cancelled.add(entry.sequence);
        live = false;
      },
    };
  }

  /** Time of the first action. */
  next(): number | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.at;
  }

  /** Removes and returns the first action if it is due at a time. */
  take(until: number): WaitingAction | undefined {
    this.#dropCancelled();
    const first = this.#heap[0];
    return first && first.at <= until ? this.#pop() : undefined;
  }

  clear(): void {
    this.#heap.length = 0;
    this.#cancelled.clear();
  }

  #dropCancelled(): void {
    while (this.#heap[0] && this.#cancelled.delete(this.#heap[0].sequence)) this.#pop();
  }

  #push(entry: WaitingAction): void {
    const heap = this.#heap;
    heap.push(entry);
    let index = heap.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (!above || !before(entry, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): WaitingAction | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!last || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      const child = left && right && before(right, left) ? 2 * index + 2 : 2 * index + 1;
      const below = heap[child];
      if (!below || !before(below, last)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}
