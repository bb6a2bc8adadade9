/** The whole book for the delta rule: what each watched position last was, and which one the arbiter would close. */
import { defined } from '../../domain/defined.js';
import type { BookDeltas } from '../../domain/entry/book-delta-after.js';
import type { Micros } from '../../domain/money.js';
import { type BookPosition, bookFacts } from '../../domain/rules/book-delta.js';
import type { BookFacts } from '../../domain/rules/input.js';
import type { Valuation } from '../../domain/rules/valuation.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';

/** Market time after which the account is asked again. */
const ACCOUNT_AGE_MS = 60_000;

export class Book {
  private readonly positions = new Map<string, BookPosition>();
  private account: { readonly at: number; readonly netLiquidation: Promise<Micros | undefined> } | undefined;
  private active = false;

  constructor(private readonly deps: Pick<BrokerDeps, 'broker' | 'settings'>) {}

  /** Takes in the position's present value and answers with the book as it concerns it. */
  async facts(row: PositionRow, value: Valuation, underlying: Micros | undefined): Promise<BookFacts> {
    const { delta, profitPct } = value;
    this.positions.set(row.positionId, {
      positionId: row.positionId,
      structure: row.structure,
      combos: row.openCombos,
      closing: row.status === 'EXITING',
      ...defined({ deltaPerCombo: delta }),
      ...(delta !== undefined &&
        underlying !== undefined && {
          deltaDollars: Math.round(delta * row.openCombos * row.multiplier * underlying),
        }),
      ...defined({ profitPct }),
    });
    const netLiquidation = await this.netLiquidation();
    const result = bookFacts(
      [...this.positions.values()],
      { ...defined({ netLiquidation }), active: this.active },
      this.deps.settings().rules,
    );
    this.active = result.active;
    return result.facts.get(row.positionId) ?? { chosenForDelta: false };
  }

  /** Sum of the dollar deltas over net liquidation: what an entry would add to. */
  async dollarDeltaShare(): Promise<number | undefined> {
    const netLiquidation = await this.netLiquidation();
    if (netLiquidation === undefined || netLiquidation <= 0) return undefined;
    const sum = [...this.positions.values()].reduce((total, one) => total + (one.deltaDollars ?? 0), 0);
    return sum / netLiquidation;
  }

  /** Delta per combo over all condors, as the delta rule sums it; 0 for an empty book. */
  async condorDelta(): Promise<number> {
    const { condorDeltaSum, condorCombos } = await this.deltas();
    return condorCombos === 0 ? 0 : condorDeltaSum / condorCombos;
  }

  /** What an entry would add to. */
  async deltas(): Promise<BookDeltas> {
    const open = [...this.positions.values()].filter((one) => !one.closing);
    const condors = open.filter((one) => one.structure === 'iron_condor');
    const netLiquidation = await this.netLiquidation();
    const known = open.every((one) => one.deltaDollars !== undefined);
    return {
      condorDeltaSum: condors.reduce((sum, one) => sum + one.combos * (one.deltaPerCombo ?? 0), 0),
      condorCombos: condors.reduce((sum, one) => sum + one.combos, 0),
      ...(known && { dollarDeltas: open.reduce((sum, one) => sum + (one.deltaDollars ?? 0), 0) }),
      ...defined({ netLiquidation }),
    };
  }

  remove(positionId: string): void {
    this.positions.delete(positionId);
  }

  private netLiquidation(): Promise<Micros | undefined> {
    const now = this.deps.broker.clock.now();
    if (this.account === undefined || now - this.account.at > ACCOUNT_AGE_MS) {
      const netLiquidation = this.deps.broker.accountSummary().then(
        (summary) => summary.netLiquidation,
        () => undefined,
      );
      this.account = { at: now, netLiquidation };
    }
    return this.account.netLiquidation;
  }
}
