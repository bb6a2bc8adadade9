/**
 * An alert about a short leg that is still open near its last trade, and what it may bring overnight: raised while there is time to act, and
 * again until it is closed.
 */
import { easternClock, MINUTE_MS } from 'market-time';
import { OPEN_ALERTS } from '../../domain/alert.js';
import type { Micros } from '../../domain/money.js';
import { deadlineOf } from '../../domain/rules/exit-age.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { OVERNIGHT_RULE, overnightRisks } from './last-day-watch.js';

const RULE = 'last_trade_near';

export class LastTradeAlert {
  /** Market time of the last alert, from any poll of the position; null: none is open. */
  private told: number | null | undefined;

  constructor(private readonly deps: Pick<BrokerDeps, 'broker' | 'settings' | 'store'>) {}

  /**
   * Market time of the next check; undefined when nothing of the position can expire short. Epoch ms. `underlying` is absent while no price
   * is known.
   */
  async observe(row: PositionRow, now: number, underlying: Micros | undefined): Promise<number | undefined> {
    const { exitAge } = this.deps.settings().orders;
    const shorts = row.legs.filter(({ openQuantity }) => openQuantity < 0);
    const deadline = deadlineOf(contractsOf(shorts), exitAge);
    if (deadline === undefined || now >= deadline.lastTradeAt) return await this.end(row, now);
    if (now < deadline.at) return deadline.at;
    const { positionId } = row;
    this.told ??= (await openAlert(this.deps, positionId))?.lastAt ?? null;
    const periodMs = exitAge.alertMinutes * MINUTE_MS;
    if (this.told !== null && now < this.told + periodMs) return this.told + periodMs;
    this.told = now;
    const ending = shorts.filter(({ contract }) => contract.lastTradeAt === deadline.lastTradeAt);
    const risks = await overnightRisks(this.deps, row, underlying);
    const { alerts } = this.deps.store;
    await alerts.end({ rule: OVERNIGHT_RULE, positionId }, now);
    await alerts.raise({
      type: 'CRITICAL',
      severity: 'IMMEDIATE',
      title: 'A short option stops trading soon',
      message: [messageOf(row, ending, deadline.lastTradeAt, now), ...risks].join(' '),
      rule: RULE,
      symbol: row.symbol,
      positionId,
      metadata: { lastTradeAt: deadline.lastTradeAt },
      createdAt: now,
    });
    return now + periodMs;
  }

  /** Nothing is held short any more, or trading in it is over. */
  private async end(row: PositionRow, now: number): Promise<undefined> {
    const { exitAge } = this.deps.settings().orders;
    const sold = row.legs.filter(({ action }) => action === 'SELL');
    const deadline = deadlineOf(contractsOf(sold), exitAge);
    if (this.told === null || deadline === undefined || now < deadline.at) return;
    this.told = null;
    await this.deps.store.alerts.end({ rule: RULE, positionId: row.positionId }, now);
  }
}

type Leg = PositionRow['legs'][number];

const contractsOf = (legs: readonly Leg[]) => legs.map(({ contract }) => contract);

async function openAlert({ store }: Pick<BrokerDeps, 'store'>, positionId: string) {
  const [open] = await store.alerts.list({ statuses: OPEN_ALERTS, rule: RULE, positionId });
  return open;
}

function messageOf(row: PositionRow, ending: readonly Leg[], lastTradeAt: number, now: number): string {
  const { positionId, symbol } = row;
  const what = ending.map(
    ({ openQuantity, contract: { expiry, strike, right } }) =>
      `${-openQuantity} ${symbol} ${expiry} ${strike} ${right}`,
  );
  const minutes = Math.ceil((lastTradeAt - now) / MINUTE_MS);
  return [
    `${what.join(', ')} held short; trading ends at ${easternClock(lastTradeAt)}, in ${minutes} min.`,
    isExiting(row) ? 'An exit is working.' : 'No exit is working.',
    `Close it with \`legwork close ${positionId} --urgency immediate\` or at the broker, or let it settle.`,
  ].join(' ');
}

function isExiting({ status }: PositionRow): boolean {
  return status === 'EXITING';
}
