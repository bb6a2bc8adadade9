/** The result of an opening in numbers: requested, filled, unwound, held. */
import { defined } from '../defined.js';
import { divideRounded, formatMoney, type Micros } from '../money.js';
import type { LegAction } from '../option.js';
import type { Fill } from '../order/fill.js';
import type { StrategyPlan } from '../strategy/strategy.js';
import { effectiveFills, foldPosition } from './ledger.js';

export interface LegReport {
  readonly legNo: number;
  readonly action: LegAction;
  /** Contracts planned, opened, closed again and still held; unsigned. */
  readonly planned: number;
  readonly opened: number;
  readonly closed: number;
  readonly held: number;
  /** Average prices per share. */
  readonly openPrice?: Micros;
  readonly closePrice?: Micros;
}

export interface OpeningReport {
  readonly byLegs: boolean;
  readonly plannedCombos: number;
  readonly openCombos: number;
  /** Contracts held beyond whole combos. */
  readonly beyond: number;
  readonly legs: readonly LegReport[];
  /** Money, with all commissions known so far; present when nothing is held any more. */
  readonly realizedPnl?: Micros;
}

export function reportOpening(plan: StrategyPlan, fills: readonly Fill[], byLegs: boolean): OpeningReport {
  const { openCombos, flat, realizedPnl } = foldPosition({ plan, fills });
  const options = effectiveFills(fills).filter((fill) => fill.secType === 'OPT');
  const legs = plan.legs.map(({ contract, action, ratio }, index): LegReport => {
    const own = options.filter((fill) => fill.conId === contract.conId);
    const opening = sumOf(own.filter((fill) => fill.side === action));
    const closing = sumOf(own.filter((fill) => fill.side !== action));
    return {
      legNo: index + 1,
      action,
      planned: ratio * plan.quantity,
      opened: opening.contracts,
      closed: closing.contracts,
      held: opening.contracts - closing.contracts,
      ...defined({ openPrice: opening.price, closePrice: closing.price }),
    };
  });
  return {
    byLegs,
    plannedCombos: plan.quantity,
    openCombos,
    beyond: legs.reduce((sum, leg, index) => sum + Math.abs(leg.held - (plan.legs[index]?.ratio ?? 0) * openCombos), 0),
    legs,
    ...(flat && realizedPnl !== undefined && { realizedPnl }),
  };
}

function sumOf(fills: readonly Fill[]): { readonly contracts: number; readonly price?: Micros } {
  const contracts = fills.reduce((sum, fill) => sum + fill.quantity, 0);
  if (contracts === 0) return { contracts };
  return {
    contracts,
    price: divideRounded(
      fills.reduce((sum, fill) => sum + fill.quantity * fill.price, 0),
      contracts,
    ),
  };
}

/** One sentence for people: `leg by leg: 1 of 2 combos opened; leg 1 bought 2 at 1.20, 1 sold again at 1.15; ...`. */
export function describeOpening(report: OpeningReport): string {
  const { byLegs, openCombos, plannedCombos, beyond, legs, realizedPnl } = report;
  const parts = [
    `${openCombos} of ${plannedCombos} combos opened`,
    ...legs.filter((leg) => leg.opened < leg.planned || leg.closed > 0).map(describeLeg),
    ...(beyond > 0 ? [`${beyond} contracts are held beyond whole combos`] : []),
    ...(realizedPnl === undefined ? [] : [`nothing is held; result ${formatMoney(realizedPnl)}`]),
  ];
  return `${byLegs ? 'leg by leg: ' : ''}${parts.join('; ')}`;
}

function describeLeg({ legNo, action, planned, opened, closed, openPrice, closePrice }: LegReport): string {
  const [did, undid] = action === 'BUY' ? ['bought', 'sold again'] : ['sold', 'bought back'];
  const at = (price: Micros | undefined) => (price === undefined ? '' : ` at ${formatMoney(price)}`);
  return `leg ${legNo} ${did} ${opened} of ${planned}${at(openPrice)}${closed === 0 ? '' : `, ${closed} ${undid}${at(closePrice)}`}`;
}
