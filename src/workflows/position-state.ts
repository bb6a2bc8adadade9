/** The state of a position's workflow. Its handlers are registered here; the loop is in position.ts. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { PositionSummary } from '../contract/activities.js';
import { type Accepted, type OpeningSettled, openingSettledSignal, statusQuery } from '../contract/messages.js';
import type {
  ExitCommand,
  ExitProgress,
  PositionInput,
  PositionStage,
  PositionStatus,
  PositionWorkflow,
} from '../contract/requests.js';
import { showStage } from './attributes.js';
import { CommandQueue } from './command-queue.js';
import { Attention } from './position-attention.js';
import { registerMessages } from './position-messages.js';
import { PositionWatch } from './position-watch.js';
import { type Proxies, proxiesFor } from './proxies.js';

/** The state of one run and the small steps that change it. */
export class Position {
  readonly proxies: Proxies;
  readonly queue: CommandQueue;
  stage: PositionStage = 'OPENING';
  step: number;
  working: string | null = null;
  lastDecision: string | null = null;
  /** The last watch failed; the next that succeeds clears its attention. */
  watchFailed = false;
  /** Watches of this run that found the position flat. */
  flats = 0;
  /** A protective order rests or should rest at the broker. */
  protective = false;
  /** Set by the position this one rolled into, when its opening has ended. */
  successor: OpeningSettled | undefined;
  paused: boolean;
  /** One after another, so that the latest request is written last. */
  pauseWrites: Promise<void> = Promise.resolve();
  readonly attention: Attention;
  readonly watch: PositionWatch;

  constructor(readonly input: PositionInput) {
    this.proxies = proxiesFor(input.accountAlias);
    this.attention = new Attention(this.proxies, input.positionId);
    this.watch = new PositionWatch(this.proxies, input.positionId);
    this.queue = new CommandQueue(input.carried);
    this.paused = input.carried?.paused ?? false;
    this.step = input.carried?.step ?? 0;
    registerMessages({
      put: (command) => this.put(command),
      setPaused: (paused, requestId) => this.setPaused(paused, requestId),
      refreshRules: (requestId) => this.refresh(requestId),
    });
    setHandler(openingSettledSignal, (message) => {
      this.successor ??= message;
    });
    setHandler(statusQuery, () => this.status());
    // A cancel request is information for people, not an instruction to trade.
    CancellationScope.current().cancelRequested.catch(() =>
      CancellationScope.nonCancellable(() =>
        this.attention.raise(
          'Cancelling the workflow does not close the position, which goes on. Use `legwork close`.',
        ),
      ),
    );
  }

  /** At the end of a session the run continues as new, unless a command has come. */
  async renew(): Promise<void> {
    await condition(allHandlersFinished);
    await this.pauseWrites;
    if (this.queue.size > 0) return;
    await continueAsNew<PositionWorkflow>({
      ...this.input,
      carried: { ...this.queue.carried(), paused: this.paused, step: this.step, opened: true },
    });
  }

  /** Continues as new during an exit, with none of its orders live; the next run goes on with it. */
  async renewExiting(progress: ExitProgress): Promise<void> {
    await this.watch.end('the run continues as new');
    await condition(allHandlersFinished);
    await this.pauseWrites;
    const carried = { paused: this.paused, step: this.step, opened: true };
    await continueAsNew<PositionWorkflow>({
      ...this.input,
      carried: { ...this.queue.carriedExit(progress), ...carried },
    });
  }

  enter(stage: PositionStage): void {
    if (this.stage === stage) return;
    this.stage = stage;
    showStage(stage);
  }

  show(summary: PositionSummary): void {
    this.step = Math.max(this.step, summary.lastStep);
    this.protective = summary.protective ?? false;
    setCurrentDetails(summary.details);
  }

  /** While an order works or a refused exit pauses, a message must end the wait there. */
  private put(command: ExitCommand): Accepted {
    const accepted = this.queue.put(command);
    if (this.stage !== 'WATCHING') this.detached(() => this.proxies.orders.endWait(this.wake));
    return accepted;
  }

  private setPaused(paused: boolean, requestId: string): Accepted {
    const joined = this.paused === paused;
    this.paused = paused;
    this.watch.markStale();
    const { positionId } = this.input;
    const write = () => this.proxies.position.setPaused({ positionId, paused, requestId });
    this.pauseWrites = this.pauseWrites.then(() => CancellationScope.nonCancellable(write)).catch(() => undefined);
    return { requestId, joined };
  }

  private get wake() {
    return { positionId: this.input.positionId, reason: 'a message arrived' };
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
