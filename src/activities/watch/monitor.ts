/**
 * One position under watch: its quotes, the rules over them, the confirmation that protects against one bad tick, and the memory
 * that must be durable before a decision based on it.
 */

import { sessionFacts } from 'market-time';
import type { QuoteSubscription } from '../../broker/api.js';
import { defined } from '../../domain/defined.js';
import type { Micros } from '../../domain/money.js';
import { distanceFromTrouble } from '../../domain/position/danger.js';
import { isExpired } from '../../domain/position/settlement.js';
import { holdsAnything, isFlat } from '../../domain/position/status.js';
import { reversalOf } from '../../domain/position/unbalanced.js';
import { Confirmation } from '../../domain/rules/confirmation.js';
import type { Decision } from '../../domain/rules/decision.js';
import { type Evaluation, evaluateRules } from '../../domain/rules/engine.js';
import type { RuleInput } from '../../domain/rules/input.js';
import { nextMemory, SteadyProfit } from '../../domain/rules/memory.js';
import { type Valuation, valuePosition } from '../../domain/rules/valuation.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { CalculatedGreeks } from '../market/calculated-greeks.js';
import { priceOf } from '../market/price.js';
import type { SessionCalendar, SessionView } from '../market/session-calendar.js';
import type { UnderlyingFeeds } from '../market/underlying-feed.js';
import type { Book } from '../positions/book-delta.js';
import type { Seen } from '../positions/summary.js';
import { freshQuote, legStates, marketFacts, positionFacts } from './facts.js';
import { HoldRecord, stanceAfter } from './hold-record.js';
import { LastTradeAlert } from './last-trade-alert.js';
import type { QuoteRotation } from './quote-rotation.js';
import { recordDecision, recordHold } from './record.js';
import { SnapshotRecord } from './snapshot-record.js';
import { StaleQuoteMonitor } from './stale-quotes.js';
import { nextLook, tradedContracts } from './traded-contracts.js';
import { UnpricedAlert } from './unpriced-alert.js';

export interface MonitorParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'configHash' | 'log' | 'meters' | 'settings' | 'stepped' | 'store'>;
  readonly calendar: SessionCalendar;
  readonly feeds: UnderlyingFeeds;
  readonly book: Book;
  readonly greeks: CalculatedGreeks;
  readonly quotes: QuoteRotation;
}

export interface MonitorPoll {
  readonly session: SessionView;
  /** Everything held has expired, and the account does not show yet how it ended. */
  readonly settling?: true;
  readonly flat: boolean;
  /** Confirmed and recorded. */
  readonly decision?: Decision;
  /** Market time of the next poll if no tick comes before, epoch ms. */
  readonly nextPollAt: number;
}

const NEVER = Number.MAX_SAFE_INTEGER;

/** State of one monitor. */
interface Own {
  readonly kind: 'watch' | 'look';
  readonly vixConId: number | undefined;
  readonly watchEpoch: number;
  /** Distance of the position from trouble at the last poll: it decides which positions get the lines. */
  readonly trouble: { distance: number };
  readonly wake: () => void;
}

export class Monitor {
  private readonly confirmation = new Confirmation();
  private readonly steady = new SteadyProfit();
  private readonly blindness: UnpricedAlert;
  private readonly lastTrade: LastTradeAlert;
  private readonly silence: StaleQuoteMonitor;
  private readonly off: () => void;
  private readonly snapshots: SnapshotRecord;
  private holds: HoldRecord | undefined;
  /** What the last poll with a price saw. */
  seen: Seen | undefined;
  private row: PositionRow;
  /** Wall time of the first tick since the last evaluation. */
  private tickAt: number | undefined;

  private constructor(
    private readonly parts: MonitorParts,
    row: PositionRow,
    private readonly quotes: QuoteSubscription,
    private readonly own: Own,
  ) {
    this.row = row;
    this.off = quotes.onBatch(() => {
      this.tickAt ??= performance.now();
      own.wake();
    });
    this.blindness = new UnpricedAlert(parts.deps);
    this.lastTrade = new LastTradeAlert(parts.deps);
    this.snapshots = new SnapshotRecord(parts.deps, own.watchEpoch);
    this.silence = new StaleQuoteMonitor(quotes, parts.deps.settings().watch.quietQuoteSeconds * 1000);
  }

  /**
   * Subscribes and starts listening; `wake` is called once a batch of ticks. Undefined when there is no such position. `look`
   * takes no watch epoch: the rows of a watch that runs meanwhile stay valid.
   */
  static async open(
    parts: MonitorParts,
    positionId: string,
    wake: () => void,
    kind: 'watch' | 'look' = 'watch',
  ): Promise<Monitor | undefined> {
    const { deps, feeds } = parts;
    const row = await deps.store.executions.get_execution(positionId);
    if (row === undefined) return undefined;
    const underlying = await feeds.underlying(row.symbol);
    const vix = await feeds.underlying('VIX').catch(() => undefined);
    const watchEpoch = kind === 'watch' ? await deps.store.snapshots.nextWatchEpoch(positionId) : 0;
    const now = deps.broker.clock.now();
    const trading = row.plan.legs.filter(({ contract }) => !isExpired(contract, now));
    // Nothing is known of it yet, so it is polled first.
    const trouble = { distance: Number.NEGATIVE_INFINITY };
    const contracts = [
      { conId: underlying.conId, secType: underlying.secType, exchange: underlying.exchange },
      ...(vix ? [{ conId: vix.conId, secType: vix.secType, exchange: vix.exchange }] : []),
      ...trading.map(({ contract, action }) => ({
        conId: contract.conId,
        symbol: contract.symbol,
        secType: 'OPT' as const,
        exchange: 'SMART',
        role: action === 'SELL' ? ('short' as const) : ('leg' as const),
      })),
    ];
    const quotes = parts.quotes.open(contracts, () => trouble.distance);
    return new Monitor(parts, row, quotes, { kind, vixConId: vix?.conId, watchEpoch, trouble, wake });
  }

  close(): void {
    this.off();
    this.quotes.close();
  }

  /** Reads the position again after its fills changed. */
  async refresh(): Promise<void> {
    this.row = (await this.parts.deps.store.executions.get_execution(this.row.positionId)) ?? this.row;
  }

  /** Absent without a live quote. */
  underlyingPrice(): Micros | undefined {
    return priceOf(freshQuote(this.quotes, this.silence, this.row.underlyingConId, this.parts.deps.broker.clock.now()));
  }

  /** The position's row as of the last refresh. */
  get position(): PositionRow {
    return this.row;
  }

  /**
   * Polls the position once: snapshot when due, rules, confirmation. A confirmed decision that `wanted` refuses leaves no trace,
   * since nothing would follow from it.
   */
  async poll(wanted: (decision: Decision) => boolean = () => true): Promise<MonitorPoll> {
    const { deps, calendar } = this.parts;
    const now = deps.broker.clock.now();
    const { tickAt } = this;
    this.tickAt = undefined;
    const flat = isFlat(this.row);
    const traded = tradedContracts(this.row, now);
    if (traded.length === 0) {
      const nextOpen = nextLook(this.row, now);
      const session = { isOpen: false, nextOpen, close: nextOpen, facts: sessionFacts(now, undefined) };
      return { session, flat, settling: true, nextPollAt: NEVER };
    }
    const session = await calendar.of(traded, now);
    const nothingToEvaluate = this.row.openedCombos === 0 || this.row.status === 'BROKEN' || this.isReversed();
    if (!session.isOpen || flat) return { session, flat, nextPollAt: session.isOpen ? session.close : NEVER };
    // Also when it is broken: who follows that up by hand must know the time.
    const lastTradeAt = (await this.lastTrade.observe(this.row, now, this.underlyingPrice())) ?? NEVER;
    if (nothingToEvaluate) {
      const markAt = await this.markHeld(now, session.close);
      return { session, flat, nextPollAt: Math.min(lastTradeAt, markAt, session.close) };
    }
    const input = await this.input(now, session);
    if (input === undefined) return { session, flat, nextPollAt: lastTradeAt };
    const value = this.value(input);
    this.row = await this.blindness.observe(this.row, input, value);
    const remembered = await this.remember({ ...input, memory: this.row.memory }, value);
    this.snapshots.evaluated();
    const evaluation = evaluateRules(remembered, deps.settings().rules);
    const observed = this.confirmation.observe(
      {
        decision: evaluation.decision,
        at: now,
        ...defined({ netSpread: value.netSpread, netMid: value.closeNet, underlying: input.market.underlying }),
      },
      deps.settings().rules,
    );
    const { distances } = evaluation;
    if (value.closeNet !== undefined) this.seen = { distances, sessionEnd: session.close };
    const { confirmed } = observed;
    const decision = confirmed?.action !== 'HOLD' && confirmed && wanted(confirmed) ? confirmed : undefined;
    await this.record(remembered, value, evaluation, decision);
    const quoteAgesMs = input.legs.flatMap(({ quoteAgeMs }) => quoteAgeMs ?? []);
    const action = decision?.action ?? 'HOLD';
    deps.meters.evaluated(this.row.positionId, { at: now, action, ...defined({ tickAt }), quoteAgesMs });
    const nextPollAt = Math.min(this.snapshots.nextAt, observed.nextSampleAt ?? NEVER, lastTradeAt, session.close);
    return { session, flat, ...defined({ decision }), nextPollAt };
  }

  /** Stores a snapshot when one is due, and before any decision or change; it counts the evaluations up to it. */
  private async record(
    input: RuleInput,
    value: Valuation,
    evaluation: Evaluation,
    decision: Decision | undefined,
  ): Promise<void> {
    const { deps } = this.parts;
    const { positionId } = this.row;
    if (this.own.kind === 'look') return;
    if (this.holds === undefined) {
      const last = (await deps.store.decisions.latest([positionId], 'monitor')).get(positionId);
      this.holds = new HoldRecord(last && stanceAfter(last));
    }
    const hold = decision === undefined ? this.holds.observe(evaluation) : undefined;
    const isNews = decision !== undefined || hold !== undefined;
    if (isNews || input.now >= this.snapshots.nextAt) await this.snapshots.append(this.row, input, value);
    if (hold !== undefined) await recordHold(deps, this.row, input, evaluation, hold);
    if (decision === undefined) return;
    await recordDecision(deps, this.row, input, evaluation, decision);
    this.holds.decided(decision, evaluation.skipped);
  }

  /** What the rules do not evaluate is marked all the same. Market time of the next mark, epoch ms. */
  private async markHeld(now: number, sessionEnd: number): Promise<number> {
    if (this.own.kind === 'look' || !holdsAnything(this.row)) return NEVER;
    const { legs, underlying, vix } = this.shown(now);
    const market = marketFacts(underlying, vix, {});
    if (await this.snapshots.appendHeld(this.row, { now, legs, market })) this.seen = { distances: [], sessionEnd };
    return this.snapshots.nextAt;
  }

  /** A reversed position is for a person: neither the rules nor the book of the delta rule evaluate it. */
  private isReversed(): boolean {
    if (reversalOf(this.row.legs) === undefined) return false;
    this.parts.book.remove(this.row.positionId);
    return true;
  }

  /** The present input of the rules; undefined before the first fill. */
  async input(now: number, session: SessionView): Promise<RuleInput | undefined> {
    const position = positionFacts(this.row);
    if (position === undefined) return undefined;
    const { feeds, book } = this.parts;
    const { legs, underlying, vix, price } = this.shown(now);
    const compared =
      price === undefined
        ? {}
        : await feeds
            .compare(this.row.symbol, now, session.facts.sinceOpenMs, price, underlying?.impliedVolatility)
            .catch(() => ({}));
    if (price !== undefined) this.own.trouble.distance = distanceFromTrouble(this.row.plan.legs, price, now);
    const value = this.value({ position, legs });
    return {
      now,
      position,
      legs,
      market: marketFacts(underlying, vix, compared),
      session: session.facts,
      book: await book.facts(this.row, value, price),
      memory: this.row.memory,
    };
  }

  private shown(now: number) {
    const quoteOf = (conId: number) => freshQuote(this.quotes, this.silence, conId, now);
    const underlying = quoteOf(this.row.underlyingConId);
    const vix = this.own.vixConId === undefined ? undefined : quoteOf(this.own.vixConId);
    const price = priceOf(underlying);
    const legs = legStates(this.row, now, quoteOf, (contract, quote) =>
      this.parts.greeks.of(contract, quote, price, this.own.wake),
    );
    return { legs, underlying, vix, price };
  }

  private value(input: Pick<RuleInput, 'position' | 'legs'>): Valuation {
    return valuePosition(input, this.parts.deps.settings().rules.basis.minPremiumShare);
  }

  /** A rule's memory is in the database before a decision can be based on it. */
  private async remember(input: RuleInput, value: Valuation): Promise<RuleInput> {
    const gapMs = this.parts.deps.settings().rules.confirmation.otherGapSeconds * 1000;
    const held = this.steady.observe(value.profitPct, input.now, gapMs);
    const memory = nextMemory(input.memory, held === undefined ? {} : { profitPct: held });
    if (memory.peakProfitPct !== input.memory.peakProfitPct) {
      await this.parts.deps.store.executions.saveMemory(this.row.positionId, memory);
      this.row = { ...this.row, memory };
    }
    return { ...input, memory };
  }
}
