/**
 * An alert, in the last minutes before options on shares expire, about what may happen overnight. While a short leg is about to stop
 * trading, `last_trade_near` says it: one cause has one alert.
 */
import type { Micros } from '../../domain/money.js';
import { lastDayRisks } from '../../domain/position/last-day.js';
import { deadlineOf } from '../../domain/rules/exit-age.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';

export const OVERNIGHT_RULE = 'last_day';

type Deps = Pick<BrokerDeps, 'broker' | 'settings' | 'store'>;

/** One sentence per danger of the coming night; none while no price of the underlying is known. */
export async function overnightRisks(
  { broker, settings }: Pick<Deps, 'broker' | 'settings'>,
  row: PositionRow,
  underlying: Micros | undefined,
): Promise<readonly string[]> {
  if (underlying === undefined) return [];
  const input = { ...row, now: broker.clock.now(), underlying, pinPct: settings().assignment.pinPct };
  if (lastDayRisks(input).length === 0) return [];
  const summary = await broker.accountSummary().catch(() => undefined);
  return lastDayRisks({ ...input, ...(summary && { availableFunds: summary.availableFunds }) });
}

export class LastDayWatch {
  private told = '';

  constructor(private readonly deps: Deps) {}

  /** Checks when the session ends soon. The same dangers are raised once. `underlying` is absent while no price is known. */
  async observe(row: PositionRow, untilCloseMs: number, underlying: Micros | undefined): Promise<void> {
    const { broker, settings, store } = this.deps;
    const now = broker.clock.now();
    const shorts = row.legs.filter(({ openQuantity }) => openQuantity < 0).map(({ contract }) => contract);
    const deadline = deadlineOf(shorts, settings().orders.exitAge);
    const isSaid = deadline !== undefined && now >= deadline.at;
    if (isSaid || untilCloseMs > settings().assignment.lastDayMinutes * 60_000) return;
    const risks = await overnightRisks(this.deps, row, underlying);
    // Distances change with every tick; the legs in danger do not.
    const key = risks.map((risk) => risk.replace(/\d+\.\d+/g, '')).join(' ');
    if (risks.length === 0 || key === this.told) return;
    this.told = key;
    await store.alerts.raise({
      ...{ type: 'CRITICAL', severity: 'HIGH', title: 'Options expire today', message: risks.join(' ') },
      ...{ rule: OVERNIGHT_RULE, symbol: row.symbol, positionId: row.positionId, createdAt: now },
    });
  }
}
