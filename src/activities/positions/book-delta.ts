/**
 * The book of Greeks: the open positions of the database, each with the values of its last watch and their age. Entries are checked
 * against it, and the delta rule uses it to choose which position to close.
 */
import { defined } from '../../domain/defined.js';
import type { Micros } from '../../domain/money.js';
import { reversalOf } from '../../domain/position/unbalanced.js';
import { type Exposure, exposureOf, isBrokenNow, type SeenGreeks } from '../../domain/risk/exposure.js';
import { type BookPosition, bookFacts } from '../../domain/rules/book-delta.js';
import type { BookFacts } from '../../domain/rules/input.js';
import type { Valuation } from '../../domain/rules/valuation.js';
import type { OpeningTables, PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { Betas } from '../market/betas.js';

/** Market time after which the account, or the arbiter's list of positions, is read again. */
const ACCOUNT_AGE_MS = 60_000;
const LIST_AGE_MS = 10_000;

interface Listed {
  readonly row: PositionRow;
  readonly seen: SeenGreeks | undefined;
}

/** A position as the arbiter sees it, computed once per poll of its own and once per reading of the list. */
interface Kept extends Listed {
  readonly position: BookPosition;
}

interface Money {
  readonly netLiquidation?: Micros;
  readonly buyingPower?: Micros;
  /** Market time from which on changes may be missing, epoch ms. */
  readonly readAt: number;
}

export class Book {
  /** Open positions by the database, with newer values from the watches of this process. */
  private readonly kept = new Map<string, Kept>();
  private listed: { readonly at: number; readonly read: Promise<void> } | undefined;
  private money: { readonly at: number; readonly read: Promise<Money> } | undefined;
  private active = false;

  constructor(
    private readonly deps: Pick<BrokerDeps, 'broker' | 'settings' | 'store'>,
    private readonly betas: Pick<Betas, 'of'>,
  ) {}

  /** What the positions add up to, by the database alone. */
  async exposures(
    tables: Pick<OpeningTables, 'snapshots'>,
    rows: readonly PositionRow[],
    betas: ReadonlyMap<string, number>,
  ): Promise<readonly Exposure[]> {
    return (await withGreeks(tables, rows)).map((one) => this.exposureOf(one, betas));
  }

  /** Betas of the underlyings with open positions, and of the given one. */
  async betasWith(symbol: string): Promise<ReadonlyMap<string, number>> {
    const open = await this.deps.store.executions.get_open_strategies();
    return await this.betas.of([...open.map((row) => row.symbol), symbol]);
  }

  /** Takes in the position's present value and returns the book from its point of view. */
  async facts(row: PositionRow, value: Valuation, underlying: Micros | undefined): Promise<BookFacts> {
    const at = this.deps.broker.clock.now();
    await this.list(at);
    const { delta, gamma, profitPct } = value;
    this.keep(
      { row, seen: { at, ...defined({ delta, gamma, underlying, profitPct }) } },
      await this.betas.of([row.symbol]),
    );
    const netLiquidation = await this.netLiquidation();
    const freshMs = this.freshMs();
    const result = bookFacts(
      [...this.kept.values()].map(({ position, seen }) =>
        seen && at - seen.at > freshMs ? blind(position) : position,
      ),
      { ...defined({ netLiquidation }), active: this.active },
      this.deps.settings().rules,
    );
    this.active = result.active;
    return result.facts.get(row.positionId) ?? { chosenForDelta: false };
  }

  remove(positionId: string): void {
    this.kept.delete(positionId);
    this.listed = undefined;
  }

  /** Net liquidation of the account, at most a minute old; undefined when the broker does not report it. */
  async netLiquidation(): Promise<Micros | undefined> {
    return (await this.account()).netLiquidation;
  }

  /** The account's figures, at most a minute old; empty when the broker does not report them. */
  account(): Promise<Money> {
    const { money } = this;
    const isOld = money === undefined || this.deps.broker.clock.now() - money.at > ACCOUNT_AGE_MS;
    return isOld ? this.request().kept : money.read;
  }

  /**
   * The account's figures as they are now, which later callers of `account` get as well: an order that was approved on them is not sent
   * on older ones. Throws what the broker throws.
   */
  accountNow(): Promise<Money> {
    return this.request().read;
  }

  private request(): { readonly read: Promise<Money>; readonly kept: Promise<Money> } {
    const at = this.deps.broker.clock.now();
    const read = this.deps.broker
      .accountSummary()
      .then(({ netLiquidation, buyingPower }) => ({ readAt: at, netLiquidation, buyingPower }));
    const kept = read.catch(() => {
      // The next caller requests it again.
      if (this.money?.read === kept) this.money = undefined;
      return { readAt: at };
    });
    this.money = { at, read: kept };
    return { read, kept };
  }

  private exposureOf({ row, seen }: Listed, betas: ReadonlyMap<string, number>): Exposure {
    const now = this.deps.broker.clock.now();
    return exposureOf(row, seen, { beta: betas.get(row.symbol), now, freshMs: this.freshMs() });
  }

  private freshMs(): number {
    const { entry, watch } = this.deps.settings();
    return 1000 * Math.max(entry.bookFreshSeconds, 2 * watch.snapshotSeconds);
  }

  /** The position as the arbiter sees it: by what is open, with an exit in progress counted as done. */
  private keep({ row, seen }: Listed, betas: ReadonlyMap<string, number>): void {
    const held = { ...row, openingEndedAt: row.openingEndedAt ?? row.createdAt };
    const exposure = this.exposureOf({ row: held, seen }, betas);
    const { positionId, structure, deltaPerCombo, dollarDelta, beta } = exposure;
    // What is not opened yet cannot be closed.
    const combos = Math.min(exposure.combos, row.openCombos);
    const deltaDollars = dollarDelta === undefined || beta === undefined ? undefined : dollarDelta * beta;
    const position = {
      ...{ positionId, structure, combos, closing: row.status === 'EXITING' },
      ...(isBrokenNow(held) && { broken: true as const }),
      ...defined({ deltaPerCombo, deltaDollars, profitPct: seen?.profitPct }),
    };
    this.kept.set(positionId, { row, seen, position });
  }

  /** Reads the open positions again when the last read is some seconds old. */
  private list(now: number): Promise<void> {
    if (this.listed === undefined || now - this.listed.at > LIST_AGE_MS) {
      const read = this.read();
      this.listed = { at: now, read };
      read.catch(() => {
        this.listed = undefined;
      });
    }
    return this.listed.read;
  }

  private async read(): Promise<void> {
    const { executions, snapshots } = this.deps.store;
    const open = await withGreeks({ snapshots }, await executions.get_open_strategies());
    const betas = await this.betas.of(open.map(({ row }) => row.symbol));
    const ids = new Set(open.map(({ row }) => row.positionId));
    for (const id of this.kept.keys()) if (!ids.has(id)) this.kept.delete(id);
    for (const { row, seen } of open) {
      const own = this.kept.get(row.positionId)?.seen;
      // A reversed position is for a person; no rule counts its delta.
      if (reversalOf(row.legs) !== undefined) this.kept.delete(row.positionId);
      else this.keep({ row, seen: own !== undefined && own.at >= (seen?.at ?? 0) ? own : seen }, betas);
    }
  }
}

/** Its Greeks are too old to count. */
function blind({ deltaPerCombo: _delta, deltaDollars: _dollars, ...position }: BookPosition): BookPosition {
  return position;
}

async function withGreeks(
  { snapshots }: Pick<OpeningTables, 'snapshots'>,
  rows: readonly PositionRow[],
): Promise<readonly Listed[]> {
  const seen = await snapshots.lastGreeks(rows.map(({ positionId }) => positionId));
  return rows.map((row) => ({ row, seen: seen.get(row.positionId) }));
}
