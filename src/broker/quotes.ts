/** The quotes hub: subscriptions over shared lines, one call per batch of ticks, and snapshots. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LegworkError } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import type { Quote } from '../domain/quote.js';
import type { LineContract, QuoteSubscription, QuotesHub } from './api.js';
import { Listeners } from './listeners.js';
import type { QuoteLine } from './quote-line.js';
import { QuoteLines } from './quote-lines.js';

/** How much longer a priced option waits for its Greeks. */
const GREEKS_MS = 1_500;
/** How often a snapshot polls for a free line. */
const LINE_RETRY_MS = 20;

interface Subscription {
  readonly lines: readonly QuoteLine[];
  readonly listeners: Listeners<void>;
}

export interface QuotePorts {
  readonly lineLimit: number;
  /** Market time, or undefined before the first reading. */
  readonly now: () => number | undefined;
  /** Throws when there is no session. */
  readonly assertUsable: () => void;
  readonly log: Log;
}

export class Quotes implements QuotesHub {
  readonly lines: QuoteLines;
  private readonly subscriptions = new Set<Subscription>();
  private readonly dirty = new Set<QuoteLine>();
  private readonly watchers = new Set<() => void>();
  private flushing: NodeJS.Immediate | undefined;
  private held = false;
  private closed = false;

  constructor(private readonly ports: QuotePorts) {
    this.lines = new QuoteLines(ports.lineLimit, (line) => this.changed(line), ports.log);
  }

  subscribe(contracts: readonly LineContract[]): QuoteSubscription {
    const lines: QuoteLine[] = [];
    for (const contract of distinct(contracts)) {
      const line = this.lines.take(contract, 'subscription');
      if (line === undefined) {
        for (const taken of lines) this.lines.release(taken);
        throw this.exhausted();
      }
      lines.push(line);
    }
    const subscription: Subscription = { lines, listeners: new Listeners('quotes', this.ports.log) };
    this.subscriptions.add(subscription);
    return {
      latest: (conId) => lines.find((line) => line.contract.conId === conId)?.quote(),
      onBatch: (listener) => subscription.listeners.add(listener),
      refresh: (conId) => {
        const line = lines.find((one) => one.contract.conId === conId);
        if (line !== undefined) this.lines.refresh(line);
      },
      close: () => {
        if (!this.subscriptions.delete(subscription)) return;
        for (const line of lines) this.lines.release(line);
      },
    };
  }

  async snapshot(contracts: readonly LineContract[], timeoutMs: number): Promise<ReadonlyMap<number, Quote>> {
    this.ports.assertUsable();
    const deadline = performance.now() + timeoutMs;
    const quotes = new Map<number, Quote>();
    const pending = distinct(contracts);
    while (pending.length > 0) {
      // More contracts than lines are quoted in turns.
      const part = this.takeSome(pending);
      if (part.length === 0) {
        if (this.closed || performance.now() >= deadline) throw this.exhausted();
        await sleep(LINE_RETRY_MS);
        continue;
      }
      try {
        await this.answered(part, deadline);
        for (const line of part) {
          const quote = line.quote();
          if (quote !== undefined) quotes.set(quote.conId, quote);
        }
      } finally {
        for (const line of part) this.lines.release(line);
      }
    }
    return quotes;
  }

  trouble(conId: number): string | undefined {
    return this.lines.get(conId)?.trouble;
  }

  /** Holds batches back until `deliver`: a stepped clock has not announced the new time yet. */
  holdBack(): void {
    this.held = true;
  }

  /** Stamps what changed with the present time and notifies the subscriptions at once. */
  deliver(): void {
    this.held = false;
    this.flush();
    this.lines.stepped();
  }

  close(): void {
    if (this.flushing !== undefined) clearImmediate(this.flushing);
    this.closed = true;
    for (const watcher of [...this.watchers]) watcher();
    this.dirty.clear();
    this.subscriptions.clear();
    this.lines.closeAll();
  }

  private takeSome(pending: LineContract[]): QuoteLine[] {
    const taken: QuoteLine[] = [];
    for (let next = pending[0]; next !== undefined; next = pending[0]) {
      const line = this.lines.take(next, 'snapshot');
      if (line === undefined) break;
      taken.push(line);
      pending.shift();
    }
    return taken;
  }

  /**
   * Waits until each line has a price and options have their Greeks, which have their own patience. A line that was refused before
   * is awaited until the broker refuses it again: its trouble may just be over.
   */
  private answered(lines: readonly QuoteLine[], deadline: number): Promise<void> {
    const before = new Map(lines.map((line) => [line, this.lines.refusalsOf(line)]));
    const hasAnswer = (whole: boolean) => (line: QuoteLine) =>
      line.hasAnswer(whole) || this.lines.isRefused(line, before.get(line) ?? -1);
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      let greeksDeadline: number | undefined;
      const look = (): void => {
        const now = performance.now();
        const priced = lines.every(hasAnswer(false));
        if (priced) greeksDeadline ??= now + GREEKS_MS;
        const until = Math.min(deadline, greeksDeadline ?? deadline);
        if (this.closed || (priced && lines.every(hasAnswer(true))) || now >= until) {
          clearTimeout(timer);
          this.watchers.delete(look);
          resolve();
          return;
        }
        clearTimeout(timer);
        timer = setTimeout(look, Math.max(1, Math.ceil(until - now)));
      };
      this.watchers.add(look);
      look();
    });
  }

  private changed(line: QuoteLine): void {
    this.dirty.add(line);
    const now = this.ports.now();
    if (now !== undefined && line.reqId !== undefined) line.stamp(now);
    if (!this.held) this.flushing ??= setImmediate(() => this.flush());
  }

  private flush(): void {
    if (this.flushing !== undefined) clearImmediate(this.flushing);
    this.flushing = undefined;
    if (this.held || this.dirty.size === 0) return;
    const now = this.ports.now();
    const changed = new Set(this.dirty);
    this.dirty.clear();
    for (const line of changed) if (now !== undefined && line.reqId !== undefined) line.stamp(now);
    for (const watcher of [...this.watchers]) watcher();
    for (const { lines, listeners } of [...this.subscriptions]) {
      if (lines.some((line) => changed.has(line))) listeners.notify();
    }
  }

  private exhausted(): LegworkError {
    const { lineLimit } = this.ports;
    return new LegworkError('DATA_MISSING', `All ${lineLimit} market data lines are in use.`, { lineLimit });
  }
}

function distinct(contracts: readonly LineContract[]): LineContract[] {
  return [...new Map(contracts.map((contract) => [contract.conId, contract])).values()];
}
