/** The state of a position's workflow. Its handlers are registered here; the loop is in position.ts. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  makeContinueAsNewFunc,
  setCurrentDetails,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { PositionSummary } from '../contract/activities.js';
import { type Accepted, type OpeningSettled, statusQuery } from '../contract/messages.js';
import type {
  CarriedState,
  ExitCommand,
  ExitProgress,
  PositionInput,
  PositionStage,
  PositionStatus,
  PositionWorkflow,
} from '../contract/requests.js';
import type { AttentionReasons } from '../domain/position/attention.js';
import { ASKS_FOR_ATTRIBUTES, Attributes } from './attributes.js';
import { CommandQueue } from './command-queue.js';
import { Attention } from './position-attention.js';
import { registerMessages } from './position-messages.js';
import { pageOf } from './position-page.js';
import { PositionWatch } from './position-watch.js';
import { type Proxies, proxiesFor } from './proxies.js';
import type { Parking } from './working-order.js';

/** Wall time within which an equal request without an id is the same one. */
const CLICK_AGAIN = '60s';

/** The state of one run and the small steps that change it. */
export class Position {
  readonly proxies: Proxies;
  readonly queue: CommandQueue;
  stage: PositionStage = 'OPENING';
  step: number;
  working: string | null = null;
  /** The same with its price and step, for people. */
  private order: string | null = null;
  /** What it waits for, for people. */
  private waits: string | null = null;
  lastDecision: string | null = null;
  /** Turns in a row that failed. */
  failures = 0;
  /** Its opening has ended with something held, in this run or an earlier one. */
  opened: boolean;
  /** The heartbeat of its watch, as the worker has it set. */
  private heartbeatSeconds: number | undefined;
  /** Changes that a sleeping run was told of. */
  changes = 0;
  /** Watches of this run that found the position flat. */
  flats = 0;
  /** A protective order rests or should rest at the broker. */
  protective = false;
  /** Why its opening is to end with what has filled. */
  openingCancelled: string | undefined;
  /** Set by the position this one rolled into, when its opening has ended. */
  successor: OpeningSettled | undefined;
  /** What became of its roll, for requests that came meanwhile. */
  rolled: string | undefined;
  paused: boolean;
  /** One after another, so that the latest request is written last. */
  pauseWrites: Promise<void> = Promise.resolve();
  /** What is held and what happened, as the database had it last; Markdown. */
  private details = '';
  /** A watch of this run has renewed the page, once the session had prices: what an earlier run saw is old. */
  private isRenewed = false;
  /** The reason for attention that the database had then, where a worker of the release before has read it. */
  private stored: string | undefined;
  readonly attention: Attention;
  private readonly attributes: Attributes;
  readonly watch: PositionWatch;

  constructor(readonly input: PositionInput) {
    this.proxies = proxiesFor(input.accountAlias, () => this.heartbeatSeconds);
    this.attributes = new Attributes(input, () =>
      CancellationScope.nonCancellable(() => this.proxies.store.hasSearchAttributes()),
    );
    this.attention = new Attention(this.proxies, input.positionId, () => this.attentionChanged(), input.carried);
    this.watch = new PositionWatch(this.proxies, input.positionId);
    this.queue = new CommandQueue(input.carried);
    this.paused = input.carried?.paused ?? false;
    this.opened = input.carried?.opened === true;
    this.step = input.carried?.step ?? 0;
    setHandler(statusQuery, () => this.status(), { description: 'Stage, queue, attention and last decision.' });
    for (const command of this.queue.remembered) this.forgetLater(command);
    registerMessages({
      put: (command, named) => this.put(command, named),
      setPaused: (paused, requestId) => this.setPaused(paused, requestId),
      refreshRules: (requestId) => this.refresh(requestId),
      openingSettled: (message) => {
        this.successor ??= message;
      },
      cancelOpening: (reason) => this.cancelOpening(reason),
      changed: () => {
        this.changes += 1;
      },
      accepted: () => this.detached(() => this.attention.answered()),
      refused: (reason) => this.detached(() => this.attention.raise('message', reason, 'INVALID_INPUT')),
    });
    // A cancel request is information for people, not an instruction to trade.
    CancellationScope.current().cancelRequested.catch(() =>
      CancellationScope.nonCancellable(() =>
        this.attention.raise(
          'cancel',
          'Cancelling the workflow does not close the position: it stays open and watched. Close it with `legwork close`.',
        ),
      ),
    );
  }

  /** The run continues as new, at the end of a session or after many failures, unless a command has come. */
  async renew(): Promise<void> {
    await this.written();
    if (this.queue.size > 0) return;
    await goOn({ ...this.input, carried: this.carried(this.queue.carried()) });
  }

  /** Continues as new during an exit, with none of its orders live; the next run goes on with it. */
  async renewExiting(progress: ExitProgress): Promise<void> {
    await this.watch.end('the run continues as new');
    await this.written();
    const carried = this.carried(this.queue.carriedExit(progress));
    await goOn({ ...this.input, carried });
  }

  /** Sleeps while the session is closed, but for a message, or a change since the count of changes was `seen`. */
  async sleepWhileClosed(sleepMs: number, seen: number): Promise<void> {
    await this.waiting('its session is closed', () =>
      condition(() => this.queue.size > 0 || this.changes !== seen, sleepMs),
    );
  }

  /** Waits for market time, `at` in epoch ms: in a durable timer where that is long. A message or a change of the position ends the wait. */
  async waitUntil(at: number, reason: string): Promise<void> {
    const { positionId } = this.input;
    const seen = this.changes;
    await this.waiting(reason, async () => {
      for (;;) {
        const waited = await this.proxies.waits.waitUntil({ positionId, at, reason, maySleep: true });
        if (typeof waited === 'boolean') return;
        if (await condition(() => this.changes !== seen, waited.sleepMs)) return;
      }
    });
  }

  /** The page says what is waited for. */
  private async waiting(what: string, wait: () => Promise<unknown>): Promise<void> {
    this.waits = what;
    this.showDetails();
    try {
      await wait();
    } finally {
      this.waits = null;
      this.showDetails();
    }
  }

  /** Waits until what the handlers have begun is written, also what comes meanwhile. */
  async written(): Promise<void> {
    let waited: Promise<void>;
    do {
      await condition(allHandlersFinished);
      waited = this.pauseWrites;
      await waited;
      await this.attention.written();
    } while (waited !== this.pauseWrites);
  }

  private carried(queue: Pick<CarriedState, 'queue' | 'recentRequestIds' | 'ended'>): CarriedState {
    const { paused, step, opened } = this;
    return { ...queue, paused, step, opened, ...this.attention.carried() };
  }

  /** Attention while evidence does not settle an order. */
  get parking(): Parking {
    return {
      onParked: (reason) => this.attention.raise('parked', reason, 'PARKED'),
      onSettled: () => this.attention.end('parked'),
    };
  }

  /** What the next watch is to know. */
  get watchInput() {
    const { paused, isRenewed } = this;
    const { observed } = this.attention;
    return { paused, observed, maySleep: true as const, ...(!isRenewed && { renew: true as const }) };
  }

  enter(stage: PositionStage): void {
    if (this.stage === stage) return;
    this.stage = stage;
    this.attributes.showStage(stage);
    this.showDetails();
  }

  show(summary: PositionSummary): void {
    this.step = Math.max(this.step, summary.lastStep);
    this.protective = summary.protective ?? false;
    this.details = summary.details;
    this.heartbeatSeconds = summary.heartbeatSeconds ?? this.heartbeatSeconds;
    const { observed } = summary;
    const isNews = observed !== undefined && this.attention.follow(observed);
    this.stored = observed !== undefined && this.attention.knows(observed) ? undefined : summary.attention;
    if (summary.attributesRegistered !== undefined)
      this.attributes.seen(summary.attributesRegistered, this.attention.current !== null);
    else if (isNews) this.attributes.showAttention(this.attention.current !== null);
    this.showDetails();
  }

  /** An equal click within a minute joins the reduction that has just ended. */
  rememberReduction(command: ExitCommand): void {
    this.queue.remember(command);
    this.forgetLater(command);
  }

  private forgetLater(command: ExitCommand): void {
    this.detached(async () => {
      await sleep(CLICK_AGAIN);
      this.queue.forget(command);
    });
  }

  /** What activities have found by now. */
  follow(observed: AttentionReasons): void {
    if (this.attention.follow(observed)) this.attentionChanged();
  }

  private attentionChanged(): void {
    this.attributes.showAttention(this.attention.current !== null);
    this.stored = undefined;
    this.showDetails();
  }

  /** `text` says what is worked: price, step and urgency. */
  work(orderRef: string | null, text: string): void {
    this.working = orderRef;
    this.order = orderRef === null ? null : `${text} (\`${orderRef}\`)`;
    this.showDetails();
  }

  /** The next watch that evaluates the position renews its page, and ends the row of failures. */
  failed(): void {
    this.failures += 1;
    this.isRenewed = false;
  }

  /** What a watch saw when it ended. */
  renewPage(details: string): void {
    this.isRenewed = true;
    this.details = details;
    this.showDetails();
  }

  decided(decision: string): void {
    this.lastDecision = decision;
    this.showDetails();
  }

  /** The page of the position: what needs a person first. Costs no event. */
  private showDetails(): void {
    const attention = this.attention.current ?? this.stored ?? null;
    const { stage, paused, order, waits, lastDecision, details } = this;
    setCurrentDetails(pageOf({ attention, stage, paused, order, waits, lastDecision, details }));
  }

  /** While an order works or a refused exit pauses, a message must end the wait there. */
  private put(command: ExitCommand, named: boolean): Accepted {
    const accepted = this.queue.put(command, named);
    if (this.stage !== 'WATCHING') this.endWait();
    return accepted;
  }

  private cancelOpening(reason: string): void {
    this.openingCancelled ??= reason;
    if (this.stage === 'OPENING') this.endWait();
  }

  private setPaused(paused: boolean, requestId: string): Accepted {
    const joined = this.paused === paused;
    this.paused = paused;
    this.watch.markStale();
    this.showDetails();
    const { positionId } = this.input;
    const write = () => this.proxies.position.setPaused({ positionId, paused, requestId });
    this.pauseWrites = this.pauseWrites.then(() => CancellationScope.nonCancellable(write)).catch(() => undefined);
    return { requestId, joined };
  }

  /** An activity that waits returns; what it was about to be given back to sleep is not slept. */
  private endWait(): void {
    const { positionId } = this.input;
    this.detached(async () => {
      await this.proxies.orders.endWait({ positionId, reason: 'a message arrived' });
      this.changes += 1;
    });
  }

  /** Handlers run outside the position's scope: a cancellation from outside must not reach what they start. */
  private detached(start: () => Promise<void>): void {
    void CancellationScope.nonCancellable(start).catch(() => undefined);
  }

  private refresh(requestId: string): Accepted {
    this.watch.markStale();
    return { requestId, joined: false };
  }

  private status(): PositionStatus {
    const { positionId } = this.input;
    const { stage, paused, step, working, lastDecision } = this;
    const attention = this.attention.current;
    return { positionId, stage, paused, step, queue: this.queue.snapshot(), working, attention, lastDecision };
  }
}

/**
 * The next run begins without search attributes: those of this one, where they are not registered any more, would fail its start. A run that
 * is pinned to an old build goes on with the current one.
 */
async function goOn(input: PositionInput): Promise<void> {
  const next = makeContinueAsNewFunc<PositionWorkflow>({
    typedSearchAttributes: [],
    memo: ASKS_FOR_ATTRIBUTES,
    initialVersioningBehavior: 'AUTO_UPGRADE',
  });
  await next(input);
}
