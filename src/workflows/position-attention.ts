/** Attention: the position needs a person. Shown in the Web UI, kept in the database, raised as an alert. */
import { defined } from '../domain/defined.js';
import type { Proxies } from './proxies.js';

/** What people sent has its own reason, which ends with the next message that is accepted; everything else is `position`. */
export type AttentionCause = 'position' | 'message';

export class Attention {
  private readonly reasons: Map<AttentionCause, string>;
  private readonly pending = new Set<{ readonly cause: AttentionCause; readonly done: Promise<void> }>();

  constructor(
    private readonly proxies: Proxies,
    private readonly positionId: string,
    /** The page of the position shows the reasons: called when they have changed. */
    private readonly onChange: (attention: boolean) => void,
    carried: Readonly<Record<string, string>> = {},
  ) {
    this.reasons = new Map(Object.entries(carried) as [AttentionCause, string][]);
  }

  /** Why a person is needed, or null. */
  get current(): string | null {
    return this.reasons.size === 0 ? null : [...new Set(this.reasons.values())].join(' ');
  }

  /** For the next run; absent when there is none. */
  carried(): { readonly attention?: Readonly<Record<string, string>> } {
    return this.reasons.size === 0 ? {} : { attention: Object.fromEntries(this.reasons) };
  }

  async raise(reason: string, code?: string, cause: AttentionCause = 'position'): Promise<void> {
    this.reasons.set(cause, reason);
    await this.write(cause, code);
  }

  /** Ends the reasons of one cause; another's stands. */
  async clear(cause: AttentionCause = 'position'): Promise<void> {
    if (this.reasons.delete(cause)) await this.write(cause);
  }

  /** Resolves when all that was raised and cleared is written. */
  async written(): Promise<void> {
    while (this.pending.size > 0) await Promise.all([...this.pending].map(({ done }) => done));
  }

  /** What is written last must be the latest: a message's reason waits for every write before it, and is waited for. */
  private async write(cause: AttentionCause, code?: string): Promise<void> {
    this.onChange(this.reasons.size > 0);
    const before = [...this.pending].filter((other) => cause === 'message' || other.cause === 'message');
    const send = () => this.send(code);
    const written = before.length === 0 ? send() : Promise.all(before.map(({ done }) => done)).then(send);
    const entry = { cause, done: written.catch(() => undefined) };
    this.pending.add(entry);
    try {
      await written;
    } finally {
      this.pending.delete(entry);
    }
  }

  private async send(code?: string): Promise<void> {
    const { positionId, current: reason } = this;
    await this.proxies.position.setAttention({ positionId, reason, ...defined({ code }) });
  }
}
