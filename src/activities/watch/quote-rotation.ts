/**
 * Quotes of watched positions when there are more of them than the account has lines. Positions in danger are streamed; the others are
 * read in turns, the more dangerous first. At every turn the most dangerous one without lines takes them from the safest one that has
 * some, and free lines are taken.
 */
import type { QuoteSubscription } from '../../broker/api.js';
import { LegworkError } from '../../domain/errors.js';
import type { Quote } from '../../domain/quote.js';
import type { BrokerDeps } from '../context/deps.js';

type Contracts = Parameters<BrokerDeps['broker']['quotes']['subscribe']>[0];

/** Lower is nearer to trouble; a position that was never polled comes first. */
type Danger = () => number;

interface Watched {
  readonly contracts: Contracts;
  readonly danger: Danger;
  readonly listeners: Set<() => void>;
  /** Its lines; absent: it is read in turns. */
  stream?: { readonly lines: QuoteSubscription; readonly off: () => void } | undefined;
  /** The result of the last turn. */
  asked: ReadonlyMap<number, Quote>;
}

/** Hysteresis: two positions that are nearly as safe do not swap lines at every turn. */
const MARGIN = 0.002;
const ACTOR = 'quote-rotation';
/** Wall time that one position's turn may take. */
const SNAPSHOT_MS = 5_000;

export class QuoteRotation {
  private readonly watched = new Set<Watched>();
  /** Ends the wait for the next turn; absent when no turns are taken. */
  private turning: AbortController | undefined;

  constructor(private readonly deps: Pick<BrokerDeps, 'broker' | 'log' | 'settings'>) {}

  open(contracts: Contracts, danger: Danger): QuoteSubscription {
    const one: Watched = { contracts, danger, listeners: new Set(), asked: new Map() };
    this.watched.add(one);
    if (!this.stream(one)) {
      this.deps.log('warn', 'no market data lines are left; quotes are asked for in turns', {
        contracts: contracts.length,
      });
      this.takeTurns();
    }
    return {
      latest: (conId) => (one.stream === undefined ? one.asked.get(conId) : one.stream.lines.latest(conId)),
      onBatch: (listener) => {
        one.listeners.add(listener);
        return () => one.listeners.delete(listener);
      },
      // Every turn asks again anyway.
      refresh: (conId) => one.stream?.lines.refresh(conId),
      close: () => {
        this.watched.delete(one);
        this.release(one);
        if (this.inTurns().length === 0) this.turning?.abort();
      },
    };
  }

  /** Takes lines for it; false when none are left. */
  private stream(one: Watched): boolean {
    try {
      const lines = this.deps.broker.quotes.subscribe(one.contracts);
      one.stream = { lines, off: lines.onBatch(() => notify(one)) };
      return true;
    } catch (error) {
      if (error instanceof LegworkError && error.code === 'DATA_MISSING') return false;
      throw error;
    }
  }

  private release(one: Watched): void {
    one.stream?.off();
    one.stream?.lines.close();
    one.stream = undefined;
  }

  private inTurns(): readonly Watched[] {
    return [...this.watched].filter(({ stream }) => stream === undefined).sort(byDanger);
  }

  private takeTurns(): void {
    if (this.turning !== undefined) return;
    const turning = new AbortController();
    this.turning = turning;
    this.deps.broker.clock.join(ACTOR);
    void this.run(turning.signal).finally(() => {
      this.deps.broker.clock.leave(ACTOR);
      this.turning = undefined;
      if (this.inTurns().length > 0) this.takeTurns();
    });
  }

  private async run(stop: AbortSignal): Promise<void> {
    const { broker, settings, log } = this.deps;
    while (!stop.aborted) {
      try {
        await this.turn();
        if (this.inTurns().length === 0) return;
        const next = broker.clock.now() + settings().watch.intervalSeconds * 1000;
        // A clock that is closed ends every wait at once.
        if ((await broker.clock.wait(next, ACTOR, stop)) !== 'reached') await pause(PAUSE_MS, stop);
      } catch (error) {
        // Without a session there is no clock either; the next opened position, or this pause, begins again.
        log('debug', 'a turn of quotes failed', { error: String(error) });
        await pause(PAUSE_MS, stop);
      }
    }
  }

  private async turn(): Promise<void> {
    for (const one of this.inTurns()) {
      if (one.stream === undefined && this.watched.has(one)) this.giveLines(one);
    }
    for (const one of this.inTurns()) {
      if (!this.watched.has(one)) continue;
      one.asked = await this.ask(one);
      notify(one);
    }
  }

  /** Free lines, else those of safer positions, the safest first. */
  private giveLines(one: Watched): void {
    for (;;) {
      if (this.stream(one)) return;
      const safest = [...this.watched]
        .filter(({ stream }) => stream !== undefined)
        .sort(byDanger)
        .at(-1);
      if (safest === undefined || !(safest.danger() - one.danger() > MARGIN)) return;
      this.release(safest);
    }
  }

  private async ask({ contracts }: Watched): Promise<ReadonlyMap<number, Quote>> {
    const { broker, log } = this.deps;
    try {
      const asked = await broker.quotes.snapshot(contracts, SNAPSHOT_MS);
      const at = broker.clock.now();
      // A snapshot is a current answer, however old its price is.
      return new Map([...asked].map(([conId, quote]) => [conId, { ...quote, at }]));
    } catch (error) {
      log('debug', 'quotes of a position could not be asked for', { error: String(error) });
      return new Map();
    }
  }
}

const PAUSE_MS = 1_000;

function byDanger(left: Watched, right: Watched): number {
  const [one, other] = [left.danger(), right.danger()];
  return one === other ? 0 : one - other;
}

function notify({ listeners }: Watched): void {
  for (const listener of [...listeners]) listener();
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    stop.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
