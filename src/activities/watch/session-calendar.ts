/** Sessions of listed contracts: the contract's own hours where the broker tells them, bounded by the exchange calendar. */
import type { Broker } from '../../broker/api.js';
import type { OptionContract } from '../../domain/option.js';
import type { SessionFacts } from '../../domain/rules/input.js';
import { easternDay } from '../../domain/time/eastern.js';
import { sessionAt, sessionFacts, type TradingSession } from '../../domain/time/session.js';

export interface SessionView {
  readonly isOpen: boolean;
  /** Open of the present or next session, epoch ms. */
  readonly nextOpen: number;
  readonly close: number;
  readonly facts: SessionFacts;
}

/** Market time after which closed contracts are asked about again; only when no session is known at all. */
const UNKNOWN_RETRY_MS = 3_600_000;

export class SessionCalendar {
  private readonly hours = new Map<number, { readonly day: number; readonly sessions: readonly TradingSession[] }>();

  constructor(private readonly broker: Pick<Broker, 'details'>) {}

  /** The session in which all the contracts trade, at or after `now`. */
  async of(contracts: readonly OptionContract[], now: number): Promise<SessionView> {
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

  private async sessionOf(contract: OptionContract, now: number): Promise<TradingSession | undefined> {
    const day = easternDay(now);
    const known = this.hours.get(contract.conId);
    if (known === undefined || known.day !== day) {
      const [details] = await this.broker.details([contract.conId]);
      this.hours.set(contract.conId, { day, sessions: details?.sessions ?? [] });
    }
    const own = this.hours.get(contract.conId)?.sessions ?? [];
    return sessionAt(now, contract.tradingClass, contract.expiry, own);
  }
}
