/** The typed client: everything the command does, for programs that do not want to parse its output. */

import type { Evaluation, NotEvaluated, SignalVerdict } from '../contract/activities.js';
import type { Accepted } from '../contract/messages.js';
import type {
  CancelInput,
  CancelResult,
  CloseAllInput,
  CloseAllResult,
  DryRun,
  EntryInput,
  EntryRequest,
  EntryResult,
  ExerciseInput,
  ExerciseResult,
  ExitInput,
  ExitOutcome,
  PositionStatus,
  SettledLine,
  SettleInput,
} from '../contract/requests.js';
import { closeAllWorkflowId, entryWorkflowId, exitWorkflowId, positionWorkflowId } from '../contract/workflow-ids.js';
import { defined } from '../domain/defined.js';
import { LegworkError, notFound } from '../domain/errors.js';
import { strategyTitle } from '../domain/strategy/names.js';
import { parseSymbol } from '../domain/symbol.js';
import { isRunning } from '../outbound/temporal-runs.js';
import type { PositionRow, Store, TradingState } from '../store/api.js';
import { type Connections, createConnections } from './connections.js';
import { type EndpointOptions, type Endpoints, resolveEndpoints } from './endpoints.js';
import { newId } from './new-id.js';
import { alreadyClosed, isOver, type PendingRequest } from './pending.js';
import { messagePosition } from './position-message.js';
import { type Started, startRun } from './starter.js';
import { waitFor } from './waiting.js';

export type { PendingRequest } from './pending.js';

export type ExitOptions = Omit<ExitInput, 'accountAlias' | 'requestId'> & { readonly requestId?: string };
export type EntryOptions = Omit<EntryRequest, 'entryId'> & { readonly entryId?: string };

export interface ReconcileResult {
  readonly findings: readonly { readonly kind: string; readonly text: string }[];
}

export class LegworkClient {
  readonly links: Connections;

  constructor(readonly target: Endpoints) {
    this.links = createConnections(target);
  }

  get accountAlias(): string {
    return this.target.accountAlias;
  }

  /**
   * The database, for reads.
   *
   * @example
   * ```ts
   * const store = await client.store();
   * const open = await store.executions.get_open_strategies();
   * ```
   */
  store(): Promise<Store> {
    return this.links.store();
  }

  /**
   * Evaluates the entry signal only; nothing is built and nothing is sent. Throws InvalidInput for text that cannot be a ticker.
   *
   * @example
   * ```ts
   * const request = { symbol: 'SPY', strategyType: 'iron_condor', quantity: 1, pricing: { kind: 'walk' } } as const;
   * const asked = await client.signal({ ...request, set: {}, dryRun: false, ignoreSignal: false });
   * const verdict = await asked.wait({ timeoutMs: 60_000 });
   * ```
   */
  signal(asked: EntryOptions): Promise<PendingRequest<SignalVerdict>> {
    const ask = { ...asked, symbol: parseSymbol(asked.symbol) };
    const entryId = ask.entryId ?? newId();
    const input: EntryInput = { accountAlias: this.accountAlias, request: { ...ask, entryId } };
    return this.start('signalWorkflow', `signal-${entryId}`, entryId, input, `signal: ${titleOf(ask)}`);
  }

  /**
   * Decides and, if allowed, enters. A repeated `entryId` joins the first request. Throws InvalidInput like `signal`.
   *
   * @example
   * ```ts
   * const request = { symbol: 'SPY', strategyType: 'iron_condor', quantity: 1, pricing: { kind: 'walk' } } as const;
   * const asked = await client.enter({ ...request, set: {}, dryRun: true, ignoreSignal: true });
   * const answer = await asked.wait({ timeoutMs: 60_000 });
   * if (answer.kind === 'done') console.log(answer.value.status, answer.value.reasons);
   * ```
   */
  enter(asked: EntryOptions): Promise<PendingRequest<EntryResult>> {
    const ask = { ...asked, symbol: parseSymbol(asked.symbol) };
    const entryId = ask.entryId ?? newId();
    const input: EntryInput = { accountAlias: this.accountAlias, request: { ...ask, entryId } };
    return this.start(
      'entryWorkflow',
      entryWorkflowId(entryId),
      entryId,
      input,
      `enter ${titleOf(ask)}${ask.dryRun ? ' (dry run)' : ''}`,
      async (store) => (await store.entries.get(entryId))?.positionId,
    );
  }

  /**
   * Requests an exit of a position. An unknown position throws NOT_FOUND; a closed one answers ALREADY_CLOSED at once, without a run.
   * `urgency` and `pricing` are those of the command line.
   *
   * @example
   * ```ts
   * const asked = await client.exit({ positionId, action: 'REDUCE', ratio: 0.25, urgency: 'HIGH' });
   * const answer = await asked.wait({ timeoutMs: 60_000 });
   * ```
   */
  async exit(ask: ExitOptions): Promise<PendingRequest<ExitOutcome>> {
    const requestId = ask.requestId ?? newId();
    const execution = await this.execution(ask.positionId);
    if (isOver(execution) && !(await this.isRolling(execution))) {
      const { rolledTo } = execution;
      return alreadyClosed(requestId, execution, rolledTo === undefined ? undefined : await this.execution(rolledTo));
    }
    const input: ExitInput = { ...ask, accountAlias: this.accountAlias, requestId };
    return this.start(
      'exitWorkflow',
      exitWorkflowId(requestId),
      requestId,
      input,
      `${ask.action.toLowerCase()} ${ask.positionId}`,
      async () => ask.positionId,
    );
  }

  /** Its successor still opens, which a close stops. */
  private async isRolling({ exitAction, positionId }: PositionRow): Promise<boolean> {
    if (exitAction !== 'ROLL') return false;
    const { client } = await this.links.temporal();
    return await isRunning(client, positionWorkflowId(positionId));
  }

  /**
   * Closes every open combo.
   *
   * @example
   * ```ts
   * const asked = await client.close(positionId, { pricing: { kind: 'market' } });
   * const answer = await asked.wait({ timeoutMs: 60_000 });
   * if (answer.kind === 'done') console.log(answer.value.result, answer.value.openCombos);
   * ```
   */
  close(positionId: string, more: Partial<ExitOptions> = {}): Promise<PendingRequest<ExitOutcome>> {
    return this.exit({ ...more, positionId, action: 'CLOSE' });
  }

  /**
   * Closes a share of the open combos, 0 < ratio < 1.
   *
   * @example
   * ```ts
   * const asked = await client.reduce(positionId, 0.5);
   * const answer = await asked.wait({ timeoutMs: 60_000 });
   * ```
   */
  reduce(positionId: string, ratio: number, more: Partial<ExitOptions> = {}): Promise<PendingRequest<ExitOutcome>> {
    return this.exit({ ...more, positionId, ratio, action: 'REDUCE' });
  }

  /**
   * Closes and opens again at a later expiry; `dte` in days, by default the configured one.
   *
   * @example
   * ```ts
   * const asked = await client.roll(positionId, 60);
   * const answer = await asked.wait({ timeoutMs: 120_000 });
   * if (answer.kind === 'done') console.log(answer.value.successor);
   * ```
   */
  roll(positionId: string, dte?: number, more: Partial<ExitOptions> = {}): Promise<PendingRequest<ExitOutcome>> {
    return this.exit({ ...more, positionId, action: 'ROLL', ...defined({ dte }) });
  }

  /**
   * Closes every open position, or those of one symbol.
   *
   * @example
   * ```ts
   * const asked = await client.closeAll({ symbol: 'SPY' });
   * const answer = await asked.wait({ timeoutMs: 120_000 });
   * ```
   */
  closeAll(
    asked: Omit<CloseAllInput, 'accountAlias' | 'requestId'> = {},
    id = newId(),
  ): Promise<PendingRequest<CloseAllResult>> {
    const ask = { ...asked, ...(asked.symbol !== undefined && { symbol: parseSymbol(asked.symbol) }) };
    const input: CloseAllInput = { ...ask, accountAlias: this.accountAlias, requestId: id };
    const what = ask.symbol ?? 'everything';
    return this.start('closeAllWorkflow', closeAllWorkflowId(id), id, input, `close ${what}`);
  }

  /**
   * What an exit would send now, after every check; nothing is written or sent. Throws NOT_FOUND.
   *
   * @example
   * ```ts
   * const asked = await client.previewExit({ positionId, action: 'CLOSE' });
   * const answer = await asked.wait({ timeoutMs: 60_000 });
   * if (answer.kind === 'done') console.log(answer.value.orders);
   * ```
   */
  async previewExit(ask: ExitOptions): Promise<PendingRequest<DryRun>> {
    await this.execution(ask.positionId);
    const requestId = ask.requestId ?? newId();
    const input: ExitInput = { ...ask, accountAlias: this.accountAlias, requestId };
    const what = `${ask.action.toLowerCase()} ${ask.positionId} (dry run)`;
    return this.start('dryRunWorkflow', `dry-run-${newId()}`, requestId, input, what);
  }

  /**
   * Cancels an opening or protective order; for an exit order it answers REFUSED. Throws NOT_FOUND. `dryRun`: only says what would happen.
   *
   * @example
   * ```ts
   * const [order] = await (await client.store()).intents.list({ positionId });
   * const asked = await client.cancelOrder(order.orderRef, true);
   * const answer = await asked.wait({ timeoutMs: 60_000 });
   * ```
   */
  async cancelOrder(orderRef: string, dryRun = false): Promise<PendingRequest<CancelResult>> {
    const intent = await (await this.store()).intents.get(orderRef);
    if (intent === undefined) throw notFound('order', orderRef);
    const id = newId();
    const input: CancelInput = { accountAlias: this.accountAlias, orderRef, dryRun };
    return this.start('cancelOrderWorkflow', `cancel-${id}`, id, input, `cancel ${orderRef}`);
  }

  /**
   * Evaluates the rules now, for one position or for all open ones; nothing follows from it.
   *
   * @example
   * ```ts
   * const asked = await client.monitor(positionId);
   * const answer = await asked.wait({ timeoutMs: 60_000 });
   * if (answer.kind === 'done') for (const { action, rule, reason } of answer.value) console.log(action, rule, reason);
   * ```
   */
  async monitor(positionId?: string): Promise<PendingRequest<readonly (Evaluation | NotEvaluated)[]>> {
    if (positionId !== undefined) await this.execution(positionId);
    const id = newId();
    const input = { accountAlias: this.accountAlias, ...defined({ positionId }) };
    return this.start('monitorWorkflow', `monitor-${id}`, id, input, `monitor ${positionId ?? 'all positions'}`);
  }

  /**
   * Compares the broker with the database, now.
   *
   * @example
   * ```ts
   * const asked = await client.reconcile();
   * const answer = await asked.wait({ timeoutMs: 60_000 });
   * if (answer.kind === 'done') console.log(answer.value.findings);
   * ```
   */
  reconcile(): Promise<PendingRequest<ReconcileResult>> {
    const id = newId();
    const input = { accountAlias: this.accountAlias };
    return this.start('reconcileWorkflow', `reconcile-${id}`, id, input, 'reconcile with the broker');
  }

  /**
   * Settles expired legs by the underlying's price at the settlement of one position, enters a dividend on its assigned shares, or does both
   * by rows of the broker's statement. Estimates are corrected; no order is sent.
   *
   * @example
   * ```ts
   * const asked = await client.settle({ kind: 'price', positionId, price: '6712.50' });
   * const answer = await asked.wait({ timeoutMs: 60_000 });
   * if (answer.kind === 'done') for (const { outcome, text } of answer.value) console.log(outcome, text);
   * ```
   */
  async settle(settle: SettleInput): Promise<PendingRequest<readonly SettledLine[]>> {
    if (settle.kind !== 'statement') await this.execution(settle.positionId);
    const id = newId();
    const input = { accountAlias: this.accountAlias, settle };
    const what =
      settle.kind === 'statement'
        ? `${settle.rows.length + (settle.dividends?.length ?? 0)} rows of a statement`
        : settle.positionId;
    return this.start('settleWorkflow', `settle-${id}`, id, input, `settle ${what}`);
  }

  /**
   * Exercises a long leg overnight; the answer also says what that brings against selling the option. Sent once a day.
   *
   * @example
   * ```ts
   * const asked = await client.exercise({ positionId, legNo: 1, override: false, dryRun: true });
   * const answer = await asked.wait({ timeoutMs: 60_000 });
   * if (answer.kind === 'done') console.log(answer.value.result, answer.value.proposal?.text);
   * ```
   */
  async exercise(exercise: ExerciseInput): Promise<PendingRequest<ExerciseResult>> {
    const { positionId, legNo } = exercise;
    await this.execution(positionId);
    const id = newId();
    const input = { accountAlias: this.accountAlias, exercise };
    return this.start('exerciseWorkflow', `exercise-${id}`, id, input, `exercise leg ${legNo} of ${positionId}`);
  }

  /**
   * Stops the rules of a position; messages and working orders go on.
   *
   * @example
   * ```ts
   * await client.pause(positionId);
   * ```
   */
  async pause(positionId: string, requestId = newId()): Promise<Accepted & { readonly queued: boolean }> {
    return messagePosition(await this.links.temporal(), await this.openExecution(positionId), 'pause', requestId);
  }

  /**
   * Lets the rules of a paused position run again.
   *
   * @example
   * ```ts
   * await client.resume(positionId);
   * ```
   */
  async resume(positionId: string, requestId = newId()): Promise<Accepted & { readonly queued: boolean }> {
    return messagePosition(await this.links.temporal(), await this.openExecution(positionId), 'resume', requestId);
  }

  /**
   * The status that the position's run reports; needs a worker.
   *
   * @example
   * ```ts
   * const { phase, openCombos } = await client.status(positionId);
   * ```
   */
  async status(positionId: string): Promise<PositionStatus> {
    const { client } = await this.links.temporal();
    return await client.workflow.getHandle(positionWorkflowId(positionId)).query<PositionStatus, []>('status');
  }

  /**
   * Sets the trading state of the account: ACTIVE, REDUCE_ONLY or HALTED, with reason and person.
   *
   * @example
   * ```ts
   * await client.setTrading('ACTIVE', 'the news is over', 'desk');
   * ```
   */
  async setTrading(state: TradingState, reason: string, by: string): Promise<void> {
    await (await this.store()).trading.set(state, reason, by, Date.now());
  }

  /**
   * The stored position; throws NOT_FOUND.
   *
   * @example
   * ```ts
   * const { status, openCombos, realizedPnl } = await client.execution(positionId);
   * ```
   */
  async execution(positionId: string): Promise<PositionRow> {
    const found = await (await this.store()).executions.get_execution(positionId);
    if (found === undefined) throw notFound('position', positionId);
    return found;
  }

  /**
   * Closes the connections; pending requests go on.
   *
   * @example
   * ```ts
   * await client.disconnect();
   * ```
   */
  disconnect(): Promise<void> {
    return this.links.close();
  }

  private async openExecution(positionId: string): Promise<PositionRow> {
    const execution = await this.execution(positionId);
    if (isOver(execution)) throw new LegworkError('NOT_FOUND', `position id: ${positionId} is already closed.`);
    return execution;
  }

  private async start<I, O>(
    workflow: string,
    workflowId: string,
    id: string,
    input: I,
    summary: string,
    subject: (store: Store) => Promise<string | undefined> = async () => undefined,
  ): Promise<PendingRequest<O>> {
    const store = await this.links.store();
    const started: Started<O> = await startRun<I, O>(await this.links.temporal(), {
      workflow,
      workflowId,
      input,
      summary,
    });
    return {
      id,
      workflowId,
      joined: started.joined,
      wait: async (follow = {}) => {
        const left = new AbortController();
        try {
          return await waitFor(started.result(left.signal), store, subject, follow);
        } finally {
          left.abort();
        }
      },
    };
  }
}

/** A client for the target named by the environment, the configuration or a running stack; connects on first use. */
export function connectClient(options: EndpointOptions = { cwd: process.cwd(), env: process.env }): LegworkClient {
  return new LegworkClient(resolveEndpoints(options));
}

function titleOf(ask: EntryOptions): string {
  return `${ask.quantity} x ${ask.symbol} ${strategyTitle(ask.strategyType)}`;
}
