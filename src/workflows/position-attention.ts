/** Attention: the position needs a person. Shown in the Web UI, kept in the database, raised as an alert. */
import { patched } from '@temporalio/workflow';
import { ATTENTION_ENDS } from '../contract/patches.js';
import type { CarriedState } from '../contract/requests.js';
import { defined } from '../domain/defined.js';
import {
  type AttentionReasons,
  attentionText,
  RUN_CAUSES,
  type RunCause,
  reasonsOf,
  withReasons,
} from '../domain/position/attention.js';
import type { Proxies } from './proxies.js';

/** Ended together with an exit or an opening: what was wrong before it is settled by it. A roll that failed stays. */
const OF_THE_LOOP = RUN_CAUSES.filter((cause) => cause !== 'message' && cause !== 'roll');

export class Attention {
  /** What this run has found. */
  private own: AttentionReasons;
  /** What activities have found, as the database had it last. */
  observed: AttentionReasons = {};
  private readonly pending = new Set<{ readonly cause: RunCause; readonly done: Promise<void> }>();

  constructor(
    private readonly proxies: Proxies,
    private readonly positionId: string,
    /** The page of the position shows the reasons: called when they have changed. */
    private readonly onChange: () => void,
    carried: Pick<CarriedState, 'reasons' | 'attention'> = {},
  ) {
    this.own = carried.reasons ?? carried.attention ?? {};
  }

  /** Why a person is needed, or null. */
  get current(): string | null {
    return attentionText({ ...this.own, ...this.observed }) ?? null;
  }

  /** For the next run; absent when there is none. */
  carried(): Pick<CarriedState, 'reasons' | 'attention'> {
    const { own } = this;
    if (attentionText(own) === undefined) return {};
    const position = attentionText(withReasons(own, { message: null }));
    return { reasons: own, attention: defined({ position, message: own.message }) };
  }

  /** Why a request is not carried out is said already, by the exit that it was part of. */
  says(reason: string): boolean {
    const causes = patched(ATTENTION_ENDS) ? (['exit', 'roll'] as const) : RUN_CAUSES;
    return attentionText(reasonsOf(this.own, causes))?.includes(reason) === true;
  }

  /** What activities have found now; whether it is news. The caller shows it. A run of the release before follows nothing. */
  follow(observed: AttentionReasons): boolean {
    if (this.knows(observed) || !patched(ATTENTION_ENDS)) return false;
    this.observed = observed;
    return true;
  }

  /** Whether the run shows what activities have found. */
  knows(observed: AttentionReasons): boolean {
    return JSON.stringify(observed) === JSON.stringify(this.observed);
  }

  async raise(cause: RunCause, reason: string, code?: string): Promise<void> {
    this.own = withReasons(this.own, { [cause]: reason });
    await this.write(cause, code);
  }

  /** An exit or an opening has ended as it should. */
  async settled(): Promise<void> {
    await this.clear(OF_THE_LOOP);
  }

  /** A watch succeeds again. The release before ended every reason but a message's with the one of the watch. */
  async watched(): Promise<void> {
    if (this.own.watch === undefined) return;
    await this.clear(patched(ATTENTION_ENDS) ? ['watch'] : RUN_CAUSES.filter((cause) => cause !== 'message'));
  }

  /** A person has sent what is acted on: what was wrong with an earlier message is over, and so is a cancellation. */
  async answered(): Promise<void> {
    await this.clear(this.endsNow(['cancel']) ? ['message', 'cancel'] : ['message']);
  }

  /** The position is over. */
  async over(): Promise<void> {
    await this.clear(this.endsNow(OF_THE_LOOP) ? ['message', ...OF_THE_LOOP] : ['message']);
  }

  /** The cause is over. */
  async end(...causes: readonly RunCause[]): Promise<void> {
    if (this.endsNow(causes)) await this.clear(causes);
  }

  /** The release before left these standing. */
  private endsNow(causes: readonly RunCause[]): boolean {
    return causes.some((cause) => this.own[cause] !== undefined) && patched(ATTENTION_ENDS);
  }

  /** Ends the reasons of these causes, as the release before did too; others stand. */
  private async clear(causes: readonly RunCause[]): Promise<void> {
    const [first] = causes.filter((cause) => this.own[cause] !== undefined);
    if (first === undefined) return;
    this.own = withReasons(this.own, Object.fromEntries(causes.map((cause) => [cause, null])));
    await this.write(first);
  }

  /** Resolves when all that was raised and cleared is written. */
  async written(): Promise<void> {
    while (this.pending.size > 0) await Promise.all([...this.pending].map(({ done }) => done));
  }

  /** What is written last must be the latest: a handler's reason waits for every write before it, and is waited for. */
  private async write(cause: RunCause, code?: string): Promise<void> {
    this.onChange();
    // In the release before a cancellation waited for nothing.
    const fromHandler = (one: RunCause) => one === 'message' || (one === 'cancel' && patched(ATTENTION_ENDS));
    const before = [...this.pending].filter((other) => fromHandler(cause) || fromHandler(other.cause));
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
    const { positionId, own: reasons } = this;
    const reason = attentionText(reasons) ?? null;
    await this.proxies.position.setAttention({ positionId, reason, reasons, ...defined({ code }) });
  }
}
