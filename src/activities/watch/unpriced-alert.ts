/** A position that cannot be priced: attention and an alert when that lasts, cleared when it is over. */
import { formatMoney } from '../../domain/money.js';
import { withReasons } from '../../domain/position/attention.js';
import type { RuleInput } from '../../domain/rules/input.js';
import type { Valuation } from '../../domain/rules/valuation.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';

/** Rule of the alert, and cause of attention. */
const RULE = 'cannot_be_judged';
/** Market time without an evaluation before the alert. */
const PATIENCE_MS = 120_000;
/** The first minutes of many sessions have no prices. */
const OPENING_MS = 300_000;

export class UnpricedAlert {
  private since: number | undefined;
  /** This watch has raised the alert. One that a person resolved comes again with the next session. */
  private isRaised = false;

  constructor(private readonly deps: Pick<BrokerDeps, 'broker' | 'store'>) {}

  /** Returns the row with the reason that holds now. An earlier watch may have found it. */
  async observe(row: PositionRow, input: RuleInput, value: Valuation): Promise<PositionRow> {
    const reason = await this.present(row, input, value);
    return { ...row, attentionReasons: withReasons(row.attentionReasons, { [RULE]: reason ?? null }) };
  }

  private async present(row: PositionRow, input: RuleInput, value: Valuation): Promise<string | undefined> {
    const reason = whyBlind(input, value);
    const told = row.attentionReasons[RULE];
    const { now } = input;
    if (reason === undefined) {
      this.since = undefined;
      this.isRaised = false;
      if (told !== undefined) await this.clear(row, now);
      return undefined;
    }
    this.since ??= now;
    if (this.isRaised || input.session.sinceOpenMs < OPENING_MS || now - this.since < PATIENCE_MS) return told;
    const { store } = this.deps;
    const message = told ?? [`The rules cannot evaluate this position: ${reason}`, ...this.troubles(row)].join(' ');
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
    await store.executions.setAttention(row.positionId, { [RULE]: message });
    this.isRaised = true;
    return message;
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
    await store.alerts.end({ rule: RULE, positionId }, now);
    await store.executions.setAttention(positionId, { [RULE]: null });
  }
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
