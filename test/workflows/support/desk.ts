/**
 * The activities of workflow tests: a desk that keeps the open combos of each position and by default acts like a calm
 * market. A test scripts its own turn; everything else stays realistic, so that the workflow logic is tested.
 */

import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type {
  BrokerActivities,
  ExitPlan,
  OrderSpec,
  PositionSummary,
  StoreActivities,
  WatchResult,
} from '../../../src/contract/activities.js';
import type { ExitOutcome } from '../../../src/contract/requests.js';
import { orderRefOf, parseOrderRef } from '../../../src/domain/ids.js';
import { TIMEOUT_FACTOR } from '../../support/timeout-factor.js';
import { planFor } from './requests.js';

export type Activities = BrokerActivities & StoreActivities;
export type ActivityName = keyof Activities;

type Input<K extends ActivityName> = Parameters<Activities[K]>[0];
type Result<K extends ActivityName> = Awaited<ReturnType<Activities[K]>>;

/** Answers the nth call (from 1) of an activity of one position; `standard` is what the desk would have answered. */
export type Scripted<K extends ActivityName> = (
  input: Input<K>,
  nth: number,
  standard: () => Promise<Result<K>>,
) => Result<K> | Promise<Result<K>>;

export interface Call {
  readonly name: ActivityName;
  readonly input: unknown;
}

/** Every activity, sorted by the queue that serves it. */
export const ORDERS_ACTIVITIES = [
  'evaluateSignal',
  'buildStrategy',
  'approveEntry',
  'finishEntry',
  'prepareOrder',
  'placeOrder',
  'planBracket',
  'cancelByUser',
  'adjustProtection',
  'previewEntry',
  'previewExit',
  'placeBracketOrder',
  'resolveOrder',
  'repriceOrder',
  'cancelOrder',
  'endWait',
  'readPosition',
  'recordOpening',
  'planLegs',
  'planExit',
  'deadlineAfter',
  'planProtection',
  'recordExit',
  'buildRoll',
  'settleRequest',
  'setAttention',
  'setPaused',
  'evaluatePosition',
  'reconcileNow',
  'leavePosition',
  'settlePositions',
  'exerciseLeg',
] as const;
export const WATCH_ACTIVITIES = ['watchPosition', 'followOrder', 'waitUntil', 'settleCommissions'] as const;
export const STORE_ACTIVITIES = [
  'lookUpPosition',
  'openPositionIds',
  'openRequest',
  'closeRequest',
  'failEntry',
  'hasSearchAttributes',
  'revivePosition',
] as const;

/** Market time of the desk: it stands still. */
export const NOW = Date.parse('2026-03-02T15:00:00Z');
const STEP_MS = 20_000;

/** One position of the desk. */
export class Script {
  readonly calls: Call[] = [];
  openCombos = 0;
  openedCombos = 0;
  /** Outcomes that were written for people, by request id. */
  readonly outcomes = new Map<string, ExitOutcome>();
  private readonly scripted = new Map<ActivityName, (input: never, nth: number, standard: never) => unknown>();
  private readonly orders = new Map<string, OrderSpec>();
  private readonly watchers = new Set<(result: WatchResult) => void>();
  private readonly pushed: WatchResult[] = [];
  private readonly enders = new Set<() => void>();
  private readonly listeners = new Set<() => void>();

  constructor(
    readonly positionId: string,
    readonly symbol: string,
    readonly plannedCombos: number,
  ) {}

  on<K extends ActivityName>(name: K, scripted: Scripted<K>): this {
    this.scripted.set(name, scripted as (input: never, nth: number, standard: never) => unknown);
    return this;
  }

  /** The watch's next result: at once when one waits, else when the next one begins. */
  watchSays(result: WatchResult): void {
    const [watcher] = this.watchers;
    if (watcher === undefined) this.pushed.push(result);
    else watcher(result);
  }

  /** A watch waits for its result. */
  get isWatched(): boolean {
    return this.watchers.size > 0;
  }

  /** Inputs of every call of one activity so far, oldest first. */
  inputs<K extends ActivityName>(name: K): Input<K>[] {
    return this.calls.filter((call) => call.name === name).map((call) => call.input as Input<K>);
  }

  count(name: ActivityName): number {
    return this.calls.filter((call) => call.name === name).length;
  }

  /**
   * Resolves when the condition holds, checked after each call of an activity. At the timeout it rejects with the calls.
   */
  async until(condition: () => boolean, what: string): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.listeners.delete(look);
        reject(new Error(`${what} did not come. Calls: ${this.calls.map((call) => call.name).join(' ')}`));
      }, 20_000 * TIMEOUT_FACTOR);
      const look = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.listeners.delete(look);
        resolve();
      };
      this.listeners.add(look);
    });
  }

  /** Resolves once the activity has been called `times` times. */
  async called(name: ActivityName, times = 1): Promise<void> {
    await this.until(() => this.count(name) >= times, `call ${times} of ${name}`);
  }

  async run<K extends ActivityName>(name: K, input: Input<K>, standard: () => Promise<Result<K>>): Promise<Result<K>> {
    this.calls.push({ name, input });
    const nth = this.count(name);
    for (const listener of [...this.listeners]) listener();
    const scripted = this.scripted.get(name) as Scripted<K> | undefined;
    return scripted === undefined ? await standard() : await scripted(input, nth, standard);
  }

  /** Waits like a real wait of the position: until `endWait`, or the worker stops. */
  async untilEnded(): Promise<void> {
    await beating(
      new Promise<void>((resolve) => {
        const end = () => {
          this.enders.delete(end);
          resolve();
        };
        this.enders.add(end);
      }),
    );
  }

  summary(extra: Partial<PositionSummary> = {}): PositionSummary {
    const { plannedCombos, openCombos, openedCombos } = this;
    return {
      plannedCombos,
      openCombos,
      openedCombos,
      flat: openedCombos > 0 && openCombos === 0,
      lastStep: 0,
      unsettled: [],
      details: `${openCombos} of ${plannedCombos} combos open`,
      ...extra,
    };
  }

  /** Books fills of an order as the ledger would. */
  fill(orderRef: string, combos: number): void {
    if (this.orderOf(orderRef).purpose === 'OPEN') {
      this.openCombos += combos;
      this.openedCombos += combos;
    } else {
      this.openCombos -= combos;
    }
  }

  orderOf(orderRef: string): OrderSpec {
    const order = this.orders.get(orderRef);
    if (order === undefined) throw new Error(`${orderRef} was never prepared`);
    return order;
  }

  /** Fills `combos` of the order and returns its state. */
  progress(orderRef: string, combos: number) {
    this.fill(orderRef, combos);
    const remaining = this.orderOf(orderRef).combos - combos;
    return { filled: combos, remaining, settled: true, state: 'FILLED', reason: `filled ${combos}` };
  }

  /** The desk's unscripted behaviour: every order is accepted and fills completely. */
  standard(): { readonly [K in ActivityName]: (input: Input<K>) => Promise<Result<K>> } {
    const { positionId } = this;
    return {
      evaluateSignal: async () => ({ kind: 'accepted', checks: [check('iv_rank')] }),
      buildStrategy: async (request) => ({ kind: 'built', plan: planFor(request.symbol, request.quantity) }),
      approveEntry: async () => ({ kind: 'approved', positionId, title: positionId, checks: [check('max_loss')] }),
      finishEntry: async () => undefined,
      prepareOrder: async (spec) => {
        if (spec.purpose === 'REDUCE' && this.openCombos === 0) return { kind: 'nothing', reason: 'nothing is held' };
        const orderRef = orderRefOf(spec);
        this.orders.set(orderRef, spec);
        const walk = { stepNo: 1, stepEndsAt: NOW + STEP_MS, endsAt: NOW + 5 * STEP_MS };
        return { kind: 'ready', orderRef, walk: { ...walk, limits: [], startMid: -1_000_000, limit: -1_000_000 } };
      },
      planProtection: async () => ({ kind: 'none' }),
      placeOrder: async () => ({ kind: 'live' }),
      planBracket: async () => [],
      adjustProtection: async () => ({ kind: 'done' }),
      cancelByUser: async ({ orderRef }) => ({ orderRef, result: 'CANCELLED', reason: '', filledCombos: 0 }),
      previewEntry: async () => ({ ok: true, reasons: [], checks: [], orders: [], cancels: [] }),
      previewExit: async () => ({ ok: true, reasons: [], checks: [], orders: [], cancels: [] }),
      placeBracketOrder: async () => ({ kind: 'live' }),
      resolveOrder: async () => ({ kind: 'live' }),
      repriceOrder: async ({ walk }) => ({
        kind: 'repriced',
        walk: { ...walk, stepNo: walk.stepNo + 1, stepEndsAt: walk.stepEndsAt + STEP_MS },
      }),
      cancelOrder: async ({ orderRef, reason }) => ({ ...this.progress(orderRef, 0), state: 'CANCELLED', reason }),
      endWait: async ({ reason }) => {
        for (const end of [...this.enders]) end();
        for (const watcher of [...this.watchers]) watcher({ kind: 'ended', reason });
      },
      watchPosition: () => this.watch(),
      followOrder: async ({ orderRef }) => ({
        kind: 'settled',
        progress: this.progress(orderRef, this.orderOf(orderRef).combos),
      }),
      waitUntil: async () => true,
      settleCommissions: async () => undefined,
      readPosition: async () => this.summary(),
      recordOpening: async () => this.summary(),
      planLegs: async () => ({ kind: 'done' }),
      planExit: async ({ command, step }) => this.plan(command.action === 'REDUCE' ? command.ratio : undefined, step),
      deadlineAfter: async ({ restMs }) => NOW + restMs,
      recordExit: async () => this.summary(),
      buildRoll: async () => ({
        kind: 'built',
        positionId: `${positionId}-next`,
        title: `${positionId}-next`,
        plan: planFor(this.symbol, 1),
      }),
      settleRequest: async (outcome) => this.settled(outcome),
      setAttention: async () => undefined,
      setPaused: async () => undefined,
      evaluatePosition: async () => ({
        positionId,
        decision: { action: 'HOLD', urgency: 'LOW', rule: 'none', reason: 'calm', metadata: {}, at: NOW },
        skipped: [],
        distances: [],
      }),
      reconcileNow: async () => ({ findings: [] }),
      settlePositions: async () => [],
      exerciseLeg: async () => ({ positionId: '', legNo: 1, contracts: 1, result: 'ACCEPTED', reason: '' }),
      leavePosition: async () => undefined,
      lookUpPosition: async () => ({
        state: this.openCombos > 0 ? 'open' : this.openedCombos > 0 ? 'closed' : 'missing',
        openCombos: this.openCombos,
      }),
      openPositionIds: async () => [],
      openRequest: async () => undefined,
      closeRequest: async (outcome) => this.settled(outcome),
      failEntry: async () => undefined,
      hasSearchAttributes: async () => false,
      revivePosition: async () => undefined,
    };
  }

  private settled(outcome: ExitOutcome): void {
    this.outcomes.set(outcome.requestId, outcome);
  }

  private plan(ratio: number | undefined, step: number): ExitPlan {
    if (this.openCombos === 0) return { kind: 'nothing', result: 'ALREADY_CLOSED', reason: 'already closed' };
    const combos = ratio === undefined ? this.openCombos : Math.max(1, Math.floor(this.openCombos * ratio));
    return { kind: 'exit', combos, closesAll: combos === this.openCombos, step };
  }

  private async watch(): Promise<WatchResult> {
    const ready = this.pushed.shift();
    if (ready !== undefined) return ready;
    let watcher: (result: WatchResult) => void = () => undefined;
    const result = new Promise<WatchResult>((resolve) => {
      watcher = resolve;
      this.watchers.add(resolve);
    });
    try {
      return await beating(result);
    } finally {
      this.watchers.delete(watcher);
    }
  }
}

/** Waits with heartbeats; a cancellation or the worker's stop ends the wait with its error. */
export async function beating<T>(wait: Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), 500);
  try {
    return await Promise.race([wait, context.cancelled]);
  } finally {
    clearInterval(timer);
  }
}

function check(name: string) {
  return { name, passed: true, text: `${name} is fine`, value: 1, bound: '1' };
}

/** All scripts of one test server, found by the position or entry that a call names. */
export class Desk {
  /** All search attributes are registered. */
  hasAttributes: () => Promise<boolean> = async () => false;
  private readonly scripts = new Map<string, Script>();

  /** A position that is not open yet. */
  position(positionId: string, options: { readonly symbol?: string; readonly combos?: number } = {}): Script {
    const script = new Script(positionId, options.symbol ?? 'SPY', options.combos ?? 2);
    this.scripts.set(positionId, script);
    return script;
  }

  /** The entry with this id is about this position. */
  entry(entryId: string, script: Script): void {
    this.scripts.set(entryId, script);
  }

  script(id: string): Script {
    const script = this.scripts.get(id);
    if (script === undefined) throw ApplicationFailure.nonRetryable(`nobody scripted ${id}`);
    return script;
  }

  /** The activities of one queue. */
  activities(names: readonly ActivityName[]): Record<string, (input: never) => Promise<unknown>> {
    return Object.fromEntries(names.map((name) => [name, (input: never) => this.call(name, input)]));
  }

  private async call<K extends ActivityName>(name: K, input: Input<K>): Promise<unknown> {
    if (name === 'openPositionIds') return this.openIds((input as Input<'openPositionIds'>).symbol);
    if (name === 'reconcileNow') return { findings: [] };
    if (name === 'hasSearchAttributes') return await this.hasAttributes();
    const script = this.script(idIn(input));
    const standard = script.standard()[name] as (input: Input<K>) => Promise<Result<K>>;
    const result = await script.run(name, input, () => standard(input));
    if (name !== 'readPosition') return result;
    return { ...(result as PositionSummary), attributesRegistered: await this.hasAttributes() };
  }

  private openIds(symbol: string | undefined): string[] {
    const open = [...new Set(this.scripts.values())].filter((script) => script.openCombos > 0);
    return open.filter((script) => symbol === undefined || script.symbol === symbol).map((script) => script.positionId);
  }
}

/** The id that a call is about: its position, the position of its order, or its entry. */
function idIn(input: unknown): string {
  const fields = input as {
    readonly positionId?: string;
    readonly orderRef?: string;
    readonly entryId?: string;
    readonly request?: { readonly entryId: string };
  };
  const ordered = fields.orderRef === undefined ? undefined : parseOrderRef(fields.orderRef)?.positionId;
  return fields.entryId ?? fields.request?.entryId ?? fields.positionId ?? ordered ?? 'nothing that has an id';
}
