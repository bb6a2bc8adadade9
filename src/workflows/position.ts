/**
 * positionWorkflow: one position from its opening order until it is flat, across as many runs as it has sessions.
 *
 * 1. Handlers only enqueue; this loop decides; `workOrder` acts. At most one order of the position works at a time.
 * 2. A run ends only when the position is flat, or continues as new when its session has ended with no order open.
 * 3. A cancellation from outside closes nothing: it raises attention. Only messages and rules exit a position.
 */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { PositionSummary } from '../contract/activities.js';
import { type Accepted, type OpeningSettled, openingSettledSignal, statusQuery } from '../contract/messages.js';
import type {
  ExitCommand,
  ExitProgress,
  PositionInput,
  PositionResult,
  PositionStage,
  PositionStatus,
} from '../contract/requests.js';
import { showStage } from './attributes.js';
import { CommandQueue } from './command-queue.js';
import { Attention } from './position-attention.js';
import { answerAbandoned, answerRest, runExit } from './position-exit.js';
import { rest, surviveFailure } from './position-failure.js';
import { registerMessages } from './position-messages.js';
import { openPosition, takeUp } from './position-opening.js';
import { ensureProtection } from './position-protection.js';
import { PositionWatch, type Watched } from './position-watch.js';
import { type Proxies, proxiesFor } from './proxies.js';

export async function positionWorkflow(input: PositionInput): Promise<PositionResult> {
  const position = new Position(input);
  return CancellationScope.nonCancellable(() => position.run());
}

/** The state of one run and the small steps that change it. */
export class Position {
  readonly proxies: Proxies;
  readonly queue: CommandQueue;
  stage: PositionStage = 'OPENING';
  step: number;
  working: string | null = null;
  lastDecision: string | null = null;
  /** Something protective rests or should rest at the broker. */
  protective = false;
  /** Set by the position this one rolled into, when its opening has ended. */
  successor: OpeningSettled | undefined;
  private paused: boolean;
  /** One after another: the latest wish must be the last one written. */
  private pauseWrites: Promise<void> = Promise.resolve();
  private watchFailed = false;
  private flats = 0;
  readonly attention: Attention;
  private readonly watch: PositionWatch;

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
    // A cancel request is news for people, not an instruction to trade.
    CancellationScope.current().cancelRequested.catch(() =>
      CancellationScope.nonCancellable(() =>
        this.attention.raise('A cancellation was requested; the position goes on. Use close to exit.'),
      ),
    );
  }

  async run(): Promise<PositionResult> {
    let opened = this.input.carried?.opened === true;
    for (let first = true; ; first = false) {
      try {
        if (!opened) {
          const failed = await openPosition(this);
          if (failed !== undefined) return failed;
          opened = true;
        } else if (first) await takeUp(this);
        if (first) await answerAbandoned(this);
        const end = await this.live();
        if (end !== undefined) return await this.finish(end);
      } catch (error) {
        await surviveFailure(this, error);
      }
    }
  }

  /** One turn: watch until there is something to do, and do it; a result means that the position is over. */
  private async live(): Promise<PositionResult | undefined> {
    this.enter('WATCHING');
    if (this.protective && this.queue.size === 0) await ensureProtection(this);
    if (this.queue.size === 0) await this.watchUntilSomethingToDo();
    const command = this.queue.begin();
    return command && (await runExit(this, command));
  }

  /** Watches until the queue holds a command; at a session's end the run continues as new. */
  private async watchUntilSomethingToDo(): Promise<void> {
    const result = await this.watch.next(this.paused, () => this.queue.size > 0);
    if (result !== undefined) await this.act(result);
  }

  private async act(result: Watched): Promise<void> {
    if (result.kind === 'failed') {
      await this.attention.raise(`The watch failed: ${result.reason}`, result.code);
      this.watchFailed = true;
      await rest(this);
      return;
    }
    if (this.watchFailed) await this.attention.clear();
    this.watchFailed = false;
    if (result.kind === 'decision') {
      this.lastDecision = `${result.decision.rule}: ${result.decision.reason}`;
      this.queue.put(result.command);
    }
    if (result.kind === 'flat') this.queue.put(flatCommand(result.reason, `${workflowInfo().runId}-${++this.flats}`));
    if (this.queue.size === 0 && (result.kind === 'session-end' || workflowInfo().continueAsNewSuggested))
      await this.renew();
  }

  private async renew(): Promise<void> {
    await condition(allHandlersFinished);
    await this.pauseWrites;
    if (this.queue.size > 0) return;
    await continueAsNew<typeof positionWorkflow>({
      ...this.input,
      carried: { ...this.queue.carried(), paused: this.paused, step: this.step, opened: true },
    });
  }

  /** The same in the midst of an exit, with none of its orders live: the next run goes on with it. */
  async renewExiting(progress: ExitProgress): Promise<void> {
    await this.watch.end('the run begins anew');
    await condition(allHandlersFinished);
    await this.pauseWrites;
    const carried = { paused: this.paused, step: this.step, opened: true };
    await continueAsNew<typeof positionWorkflow>({
      ...this.input,
      carried: { ...this.queue.carriedExit(progress), ...carried },
    });
  }

  private async finish(result: PositionResult): Promise<PositionResult> {
    this.enter('CLOSED');
    await this.watch.end('the position is over');
    await answerRest(this);
    const { positionId } = this.input;
    await this.proxies.watch.settleCommissions({ positionId });
    this.show(await this.proxies.position.readPosition({ positionId }));
    await this.proxies.position.leavePosition({ positionId });
    await condition(allHandlersFinished);
    await this.pauseWrites;
    await answerRest(this);
    return result;
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

  /** While an order works or an exit rests, whoever waits there must hear of the message. */
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

/** The position is flat by the ledger although no command of ours closed it: the exit loop only records it. */
function flatCommand(reason: string, runId: string) {
  return {
    requestId: `flat-${runId}`,
    action: 'CLOSE',
    urgency: 'NORMAL',
    rule: 'closed_outside',
    reason,
    by: 'rule',
    pricing: { kind: 'walk' },
    overrideHalt: false,
  } as const;
}
