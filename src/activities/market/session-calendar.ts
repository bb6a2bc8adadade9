/** Sessions of listed contracts: the contract's own hours where the broker gives them, bounded by the exchange calendar. */
import { easternDay, type SessionFacts, sessionAt, sessionFacts, type TradingSession } from 'market-time';
import type { OptionContract } from '../../domain/option.js';
import { isStock, type OrderContract } from '../../domain/order/order.js';
import type { BrokerDeps } from '../context/deps.js';

export interface SessionView {
  readonly isOpen: boolean;
  /** Open of the present or next session, epoch ms. */
  readonly nextOpen: number;
  readonly close: number;
  readonly facts: SessionFacts;
}

/** Market time after which the hours of closed contracts are requested again; used only when no session is known at all. */
const UNKNOWN_RETRY_MS = 3_600_000;
/** Wall time that an order or a watch waits for hours: the broker may throttle contract details for up to a minute. */
const HOURS_WAIT_MS = 3_000;
const RULE = 'hours_unreadable';

interface Hours {
  readonly day: number;
  readonly sessions: readonly TradingSession[];
}

/** A request in progress. */
interface Asked {
  readonly answer: Promise<void>;
  /** Monotonic wall ms. */
  readonly at: number;
}

export class SessionCalendar {
  private readonly hours = new Map<number, Hours>();
  private readonly asking = new Map<number, Asked>();
  private readonly told = new Set<string>();

  constructor(private readonly deps: Pick<BrokerDeps, 'broker' | 'store'>) {}

  /** The session in which all the contracts trade, at or after `now`; shares trade in regular hours. */
  async of(contracts: readonly OrderContract[], now: number): Promise<SessionView> {
    const sessions = await Promise.all(contracts.map((contract) => this.sessionOf(contract, now)));
    const known = sessions.filter((session) => session !== undefined);
    if (known.length < contracts.length || known.length === 0) {
      return {
        isOpen: false,
        nextOpen: now + UNKNOWN_RETRY_MS,
        close: now + UNKNOWN_RETRY_MS,
        facts: sessionFacts(now, undefined),
      };
    }
    const open = Math.max(...known.map((session) => session.open));
    const close = Math.min(...known.map((session) => session.close));
    const facts = sessionFacts(now, { open, close });
    return { isOpen: facts.isOpen, nextOpen: Math.max(open, now), close, facts };
  }

  private async sessionOf(contract: OrderContract, now: number): Promise<TradingSession | undefined> {
    if (isStock(contract)) return sessionAt(now, '', '', []);
    const day = easternDay(now);
    // Until the broker gives today's hours, the exchange calendar and the broker's earlier answer are used.
    if (this.hours.get(contract.conId)?.day !== day) await this.waitFor(this.ask(contract, day, now));
    const own = this.hours.get(contract.conId)?.sessions ?? [];
    return sessionAt(now, contract.tradingClass, contract.expiry, own);
  }

  /** Requests a contract's hours, one request at a time; a late answer serves the next read. */
  private ask(contract: OptionContract, day: number, now: number): Asked {
    const pending = this.asking.get(contract.conId);
    if (pending !== undefined) return pending;
    const answer = this.read(contract, day, now).finally(() => this.asking.delete(contract.conId));
    const asked = { answer, at: performance.now() };
    this.asking.set(contract.conId, asked);
    return asked;
  }

  /** A caller that arrives while an answer is late waits only for the rest of the time limit. */
  private waitFor({ answer, at }: Asked): Promise<void> {
    return within(Math.max(0, at + HOURS_WAIT_MS - performance.now()), answer);
  }

  private async read(contract: OptionContract, day: number, now: number): Promise<void> {
    const [details] = await this.deps.broker.details([contract.conId]);
    this.hours.set(contract.conId, { day, sessions: details?.sessions ?? [] });
    if (details?.hoursProblem !== undefined) await this.alertHours(contract.symbol, details.hoursProblem, now);
  }

  private async alertHours(symbol: string, problem: string, now: number): Promise<void> {
    if (this.told.has(symbol)) return;
    this.told.add(symbol);
    await this.deps.store.alerts.raise({
      type: 'WARNING',
      severity: 'HIGH',
      title: 'Trading hours cannot be read',
      message: `${problem} No new position is opened in ${symbol} while this lasts. Check its trading hours at the broker.`,
      rule: RULE,
      symbol,
      createdAt: now,
    });
  }
}

/** Waits for a promise for at most the given wall time. An error in that time is thrown; anything later is ignored. */
async function within(ms: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => undefined);
  }
}
