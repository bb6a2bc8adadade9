/** Raises an alert, in the last minutes before options on shares expire, about what may happen overnight. */
import type { Micros } from '../../domain/money.js';
import { lastDayRisks } from '../../domain/position/last-day.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';

const RULE = 'last_day';

export class LastDayWatch {
  private told = '';

  constructor(private readonly deps: Pick<BrokerDeps, 'broker' | 'settings' | 'store'>) {}

  /** Checks when the session ends soon. The same dangers are raised once. `underlying` is absent while no price is known. */
  async observe(row: PositionRow, untilCloseMs: number, underlying: Micros | undefined): Promise<void> {
    const { broker, settings, store } = this.deps;
    const { lastDayMinutes, pinPct } = settings().assignment;
    if (underlying === undefined || untilCloseMs > lastDayMinutes * 60_000) return;
    const input = { ...row, now: broker.clock.now(), underlying, pinPct };
    if (lastDayRisks(input).length === 0) return;
    const summary = await broker.accountSummary().catch(() => undefined);
    const risks = lastDayRisks({ ...input, ...(summary && { availableFunds: summary.availableFunds }) });
    // Distances change with every tick; the legs in danger do not.
    const key = risks.map((risk) => risk.replace(/\d+\.\d+/g, '')).join(' ');
    if (risks.length === 0 || key === this.told) return;
    this.told = key;
    await store.alerts.raise({
      ...{ type: 'CRITICAL', severity: 'HIGH', title: 'Options expire today', message: risks.join(' '), rule: RULE },
      ...{ symbol: row.symbol, positionId: row.positionId, createdAt: input.now },
    });
  }
}
