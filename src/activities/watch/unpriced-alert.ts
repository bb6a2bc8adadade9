/** A position that cannot be priced: attention and an alert when that lasts, cleared when it is over. */
import { formatMoney } from '../../domain/money.js';
import type { RuleInput } from '../../domain/rules/input.js';
import type { Valuation } from '../../domain/rules/valuation.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';

const RULE = 'cannot_be_judged';
/** Market time without an evaluation before the alert. */
const PATIENCE_MS = 120_000;
/** The first minutes of many sessions have no prices. */
const OPENING_MS = 300_000;

export class UnpricedAlert {
  private since: number | undefined;
  private told = false;

  constructor(private readonly deps: Pick<BrokerDeps, 'broker' | 'store'>) {}

  async observe(row: PositionRow, input: RuleInput, value: Valuation): Promise<void> {
    const reason = whyBlind(input, value);
    const { now } = input;
    if (reason === undefined) {
      this.since = undefined;
      if (this.told || isReason(row)) await this.clear(row, now);
      this.told = false;
      return;
    }
    this.since ??= now;
    if (this.told || input.session.sinceOpenMs < OPENING_MS || now - this.since < PATIENCE_MS) return;
    this.told = true;
    const { store } = this.deps;
    const message = [`${REASON}: ${reason}`, ...this.troubles(row)].join(' ');
    const present = await store.executions.get_execution(row.positionId);
    // Another reason stands until it is cleared; the alert names this one.
    if (present?.attention !== true || isReason(present)) {
      await store.executions.setAttention(row.positionId, true, message);
    }
    await store.alerts.raise({
      type: 'WARNING',
      severity: 'HIGH',
      title: 'Position cannot be priced',
      message,
      rule: RULE,
      symbol: row.symbol,
      positionId: row.positionId,
      metadata: { since: this.since },
      createdAt: now,
    });
  }

  /** What the broker says about the contracts, without repeats. */
  private troubles(row: PositionRow): readonly string[] {
    const { quotes } = this.deps.broker;
    const conIds = [row.underlyingConId, ...row.plan.legs.map(({ contract }) => contract.conId)];
    const said = conIds.map((conId) => quotes.trouble(conId)).filter((text) => text !== undefined);
    return [...new Set(said)].map((text) => `The broker gives no quote: ${text}.`);
  }

  private async clear({ positionId }: PositionRow, now: number): Promise<void> {
    const { store } = this.deps;
    const present = await store.executions.get_execution(positionId);
    if (present !== undefined && isReason(present)) await store.executions.setAttention(positionId, false, undefined);
    await store.alerts.end({ rule: RULE, positionId }, now);
  }
}

const REASON = 'The rules cannot evaluate this position';

function isReason({ attentionReason }: Pick<PositionRow, 'attentionReason'>): boolean {
  return attentionReason?.startsWith(REASON) === true;
}

function whyBlind({ legs, market }: RuleInput, { closeNet }: Valuation): string | undefined {
  if (market.underlying === undefined) return 'the underlying shows no live price.';
  if (closeNet !== undefined) return undefined;
  const dark = legs.filter((leg) => leg.ask === undefined || (leg.bid !== undefined && leg.bid > leg.ask));
  const names = dark.map(
    ({ contract, bid }) =>
      `${contract.right} ${contract.strike} (${bid === undefined ? 'no quote' : `bid ${formatMoney(bid)}, no offer`})`,
  );
  return names.length > 0 ? `${names.join(', ')} cannot be priced.` : 'its legs cannot be priced.';
}
