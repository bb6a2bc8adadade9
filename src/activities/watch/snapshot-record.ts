/** Stores the snapshots of one watch: when one is due, before a decision, and as soon as changed holdings can be valued. */
import { isBroken } from '../../domain/position/broken.js';
import { foldPosition } from '../../domain/position/ledger.js';
import { markHeld } from '../../domain/rules/held-mark.js';
import type { RuleInput } from '../../domain/rules/input.js';
import type { Valuation } from '../../domain/rules/valuation.js';
import type { PositionRow, SnapshotRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { brokenSnapshotOf, type SeenNow, snapshotOf } from './snapshot.js';

export class SnapshotRecord {
  /** Market time at which the next one is due, epoch ms. */
  nextAt = 0;
  /** Evaluations of the rules since the last one. */
  private polls = 0;
  /** What the last one with a value was of. */
  private valued = '';

  constructor(
    private readonly deps: Pick<BrokerDeps, 'settings' | 'store'>,
    private readonly watchEpoch: number,
  ) {}

  /** The rules were evaluated once more. */
  evaluated(): void {
    this.polls += 1;
  }

  /** Stores one of a position that the rules evaluate. */
  async append(row: PositionRow, input: RuleInput, value: Valuation): Promise<void> {
    const whole = isBroken(row) ? undefined : snapshotOf(input, value, row, this.watchEpoch);
    await this.store(whole ?? (await this.brokenOf(row, input)), input.now);
  }

  /** Stores one of a position that the rules do not evaluate, if it is time. Returns whether everything it holds has a value. */
  async appendHeld(row: PositionRow, seen: SeenNow): Promise<boolean> {
    const { value, shareDelta } = markHeld(row, seen.legs, seen.market.underlying);
    const isValued = value !== undefined && shareDelta !== undefined;
    const holdings = JSON.stringify([row.shares, ...row.legs.map(({ openQuantity }) => openQuantity)]);
    const isNews = isValued && holdings !== this.valued;
    if (!isNews && seen.now < this.nextAt) return isValued;
    await this.store(await this.brokenOf(row, seen), seen.now);
    if (isValued) this.valued = holdings;
    return isValued;
  }

  private async brokenOf({ positionId, plan, multiplier }: PositionRow, seen: SeenNow): Promise<SnapshotRow> {
    const folded = foldPosition({ plan, fills: await this.deps.store.fills.ofPosition(positionId) });
    return brokenSnapshotOf({ positionId, watchEpoch: this.watchEpoch }, { folded, multiplier }, seen);
  }

  private async store(row: SnapshotRow, now: number): Promise<void> {
    this.nextAt = now + this.deps.settings().watch.snapshotSeconds * 1000;
    const { polls } = this;
    this.polls = 0;
    await this.deps.store.snapshots.append({ ...row, polls });
  }
}
