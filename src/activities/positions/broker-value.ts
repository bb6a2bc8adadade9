/**
 * Compares marks and profits with the broker's own, some positions at a time. Raises an alert when they disagree for longer than a
 * moment; ends it when they agree again.
 */
import { OPEN_ALERTS } from '../../domain/alert.js';
import { formatMoney } from '../../domain/money.js';
import { type Compared, type ComparedLeg, compareWithBroker } from '../../domain/position/broker-value.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { live, priceOf } from '../market/price.js';
import type { SessionCalendar } from '../market/session-calendar.js';

export interface BrokerValueParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'log' | 'settings' | 'store'>;
  readonly calendar: Pick<SessionCalendar, 'of'>;
}

const RULE = 'value_disagrees';
/** Positions per turn: each leg is a request of its own. */
const EACH_TURN = 20;
const QUOTE_WAIT_MS = 3_000;
/** Market time after which a quote is too old to compare: it is refreshed elsewhere. */
const QUOTE_AGE_MS = 60_000;

export class BrokerValueCheck {
  /** Since when a position disagrees, market time. */
  private readonly since = new Map<string, number>();
  private after = '';
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(private readonly parts: BrokerValueParts) {}

  /** Checks the next positions, one check at a time. Never throws: an outage is no disagreement. */
  check(): Promise<void> {
    this.running ??= this.turn()
      .catch((error: unknown) =>
        this.parts.deps.log('warn', 'values could not be compared with the broker', { error: String(error) }),
      )
      .finally(() => {
        this.running = undefined;
      });
    return this.running;
  }

  /** Resolves when the running check has ended: nothing more is requested from the broker. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async turn(): Promise<void> {
    const { broker, store } = this.parts.deps;
    if (!broker.state().usable) return;
    const held = (await store.executions.get_open_strategies())
      .filter((row) => row.legs.some((leg) => leg.openQuantity !== 0))
      .sort((a, b) => (a.positionId < b.positionId ? -1 : 1));
    await this.endOver(new Set(held.map(({ positionId }) => positionId)));
    const next = [
      ...held.filter((row) => row.positionId > this.after),
      ...held.filter((row) => row.positionId <= this.after),
    ];
    const quantities = await store.fills.openQuantities();
    for (const row of next.slice(0, EACH_TURN)) {
      if (this.stopped || !broker.state().usable) return;
      this.after = row.positionId;
      const compared = await this.compare(row, quantities);
      if (compared !== undefined) await this.settle(row, compared);
    }
  }

  /** A position that is no longer held cannot disagree, whichever process raised the alert. */
  private async endOver(held: ReadonlySet<string>): Promise<void> {
    const { broker, store } = this.parts.deps;
    for (const id of this.since.keys()) if (!held.has(id)) this.since.delete(id);
    for (const { positionId } of await store.alerts.list({ statuses: OPEN_ALERTS, rule: RULE })) {
      if (positionId === undefined || held.has(positionId)) continue;
      await store.alerts.end({ rule: RULE, positionId }, broker.clock.now());
    }
  }

  /** Undefined where a value to compare is missing, or where the account holds other quantities, which is reconciled elsewhere. */
  private async compare(row: PositionRow, quantities: ReadonlyMap<number, number>): Promise<Compared | undefined> {
    const { broker, settings } = this.parts.deps;
    const held = row.legs.filter((leg) => leg.openQuantity !== 0);
    const now = broker.clock.now();
    const contracts = held.map(({ contract }) => contract);
    if (!(await this.parts.calendar.of(contracts, now)).isOpen) return undefined;
    const quotes = await broker.quotes.snapshot(
      contracts.map(({ conId, symbol }) => ({ conId, symbol, secType: 'OPT' as const, exchange: 'SMART' })),
      QUOTE_WAIT_MS,
    );
    const legs: ComparedLeg[] = [];
    for (const { contract, openQuantity, openPrice } of held) {
      const quote = live(quotes.get(contract.conId));
      const mark = priceOf(quote);
      if (quote?.bid === undefined || quote.ask === undefined || mark === undefined || openPrice === undefined)
        return undefined;
      if (now - quote.at > QUOTE_AGE_MS) return undefined;
      const theirs = await broker.positionPnl(contract.conId);
      if (theirs === undefined || theirs.quantity === 0 || theirs.quantity !== quantities.get(contract.conId))
        return undefined;
      const { multiplier } = contract;
      legs.push({
        contracts: openQuantity,
        multiplier,
        mark,
        spread: quote.ask - quote.bid,
        openPrice,
        broker: theirs,
      });
    }
    return compareWithBroker(legs, row.commissions, settings().watch.valueTolerance);
  }

  private async settle(row: PositionRow, { differs, ours, broker: theirs }: Compared): Promise<void> {
    const { broker, settings, store } = this.parts.deps;
    const { positionId, symbol } = row;
    const now = broker.clock.now();
    if (!differs) {
      this.since.delete(positionId);
      await store.alerts.end({ rule: RULE, positionId }, now);
      return;
    }
    const since = this.since.get(positionId) ?? now;
    this.since.set(positionId, since);
    const minutes = settings().watch.valueMinutes;
    if (now - since < minutes * 60_000) return;
    await store.alerts.raise({
      type: 'WARNING',
      severity: 'HIGH',
      title: 'Broker and Legwork value the position differently',
      message:
        `The broker values it at ${formatMoney(theirs.value)} with an unrealised P&L of ${formatMoney(theirs.pnl)}, Legwork at ` +
        `${formatMoney(ours.value)} with ${formatMoney(ours.pnl)}, for ${Math.floor((now - since) / 60_000)} minutes. The rules go by ` +
        `Legwork's value: compare the legs and fills of legwork show ${positionId} with the broker's, and pause it if they are wrong.`,
      rule: RULE,
      symbol,
      positionId,
      metadata: { ours, broker: theirs },
      createdAt: now,
    });
  }
}
