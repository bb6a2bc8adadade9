/**
 * The book of Greeks: the open positions of the database, each with what a watch last saw of it, and its age. Entries are held to it, and
 * the delta rule's arbiter chooses by it which position to close.
 */
import { defined } from '../../domain/defined.js';
import type { Micros } from '../../domain/money.js';
import { type Exposure, exposureOf, type SeenGreeks } from '../../domain/risk/exposure.js';
import { type BookPosition, bookFacts } from '../../domain/rules/book-delta.js';
import type { BookFacts } from '../../domain/rules/input.js';
import type { Valuation } from '../../domain/rules/valuation.js';
import type { OpeningTables, PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { Betas } from '../market/betas.js';

/** Market time after which the account, or the list of positions for the arbiter, is read again. */
const ACCOUNT_AGE_MS = 60_000;
const LIST_AGE_MS = 10_000;

interface ListedPosition {
  readonly row: PositionRow;
  readonly seen: SeenGreeks | undefined;
}

export class Book {
  /** What the watches of this process saw last: newer than their snapshots. */
  private readonly watched = new Map<string, ListedPosition & { readonly seen: SeenGreeks }>();
  private listed: { readonly at: number; readonly positions: Promise<readonly ListedPosition[]> } | undefined;
  private account: { readonly at: number; readonly netLiquidation: Promise<Micros | undefined> } | undefined;
  private active = false;

  constructor(
    private readonly deps: Pick<BrokerDeps, 'broker' | 'settings' | 'store'>,
    private readonly betas: Pick<Betas, 'of'>,
  ) {}

  /** What the positions add, by the database alone. */
  async exposures(
    tables: Pick<OpeningTables, 'snapshots'>,
    rows: readonly PositionRow[],
    betas: ReadonlyMap<string, number>,
  ): Promise<readonly Exposure[]> {
    return (await withGreeks(tables, rows)).map((one) => this.exposureOf(one, betas));
  }

  /** Betas of the underlyings that have open positions, and of the given one. */
  async betasWith(symbol: string): Promise<ReadonlyMap<string, number>> {
    const open = await this.deps.store.executions.get_open_strategies();
    return await this.betas.of([...open.map((row) => row.symbol), symbol]);
  }

  /** Takes in the position's present value and answers with the book as it concerns it. */
  async facts(row: PositionRow, value: Valuation, underlying: Micros | undefined): Promise<BookFacts> {
    const at = this.deps.broker.clock.now();
    const { delta, gamma, profitPct } = value;
    this.watched.set(row.positionId, { row, seen: { at, ...defined({ delta, gamma, underlying, profitPct }) } });
    const listed = (await this.list(at)).map((one) => this.watched.get(one.row.positionId) ?? one);
    const all = listed.some((one) => one.row.positionId === row.positionId)
      ? listed
      : [...listed, { row, seen: { at, ...defined({ delta, gamma, underlying, profitPct }) } }];
    const betas = await this.betas.of(all.map((one) => one.row.symbol));
    const netLiquidation = await this.netLiquidation();
    const result = bookFacts(
      all.filter((one) => one.row.openCombos > 0).map((one) => this.bookPosition(one, betas)),
      { ...defined({ netLiquidation }), active: this.active },
      this.deps.settings().rules,
    );
    this.active = result.active;
    return result.facts.get(row.positionId) ?? { chosenForDelta: false };
  }

  remove(positionId: string): void {
    this.watched.delete(positionId);
    this.listed = undefined;
  }

  /** What the account is worth, at most a minute old; undefined when the broker does not say. */
  netLiquidation(): Promise<Micros | undefined> {
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

  private exposureOf({ row, seen }: ListedPosition, betas: ReadonlyMap<string, number>): Exposure {
    const { entry, watch } = this.deps.settings();
    const freshMs = 1000 * Math.max(entry.bookFreshSeconds, 2 * watch.snapshotSeconds);
    return exposureOf(row, seen, { beta: betas.get(row.symbol), now: this.deps.broker.clock.now(), freshMs });
  }

  /** As the arbiter sees it: by what is open, with an exit that is under way counted as done. */
  private bookPosition(one: ListedPosition, betas: ReadonlyMap<string, number>): BookPosition {
    const { row, seen } = one;
    const held = { ...row, openingEndedAt: row.openingEndedAt ?? row.createdAt };
    const { positionId, structure, combos, deltaPerCombo, dollarDelta, beta } = this.exposureOf(
      { row: held, seen },
      betas,
    );
    const deltaDollars = dollarDelta === undefined || beta === undefined ? undefined : dollarDelta * beta;
    return {
      ...{ positionId, structure, combos, closing: row.status === 'EXITING' },
      ...defined({ deltaPerCombo, deltaDollars, profitPct: seen?.profitPct }),
    };
  }

  private list(now: number): Promise<readonly ListedPosition[]> {
    if (this.listed === undefined || now - this.listed.at > LIST_AGE_MS) {
      const { executions, snapshots } = this.deps.store;
      const positions = executions.get_open_strategies().then((rows) => withGreeks({ snapshots }, rows));
      this.listed = { at: now, positions };
      positions.catch(() => {
        this.listed = undefined;
      });
    }
    return this.listed.positions;
  }
}

async function withGreeks(
  { snapshots }: Pick<OpeningTables, 'snapshots'>,
  rows: readonly PositionRow[],
): Promise<readonly ListedPosition[]> {
  const seen = await snapshots.lastGreeks(rows.map(({ positionId }) => positionId));
  return rows.map((row) => ({ row, seen: seen.get(row.positionId) }));
}
