/**
 * The state of a position as a fold over its fills. The same set of executions gives the same state, in whatever order, however often,
 * and with corrections in between.
 *
 * Only executions of the plan's legs and of its underlying count: the summary of a combination reports the same trade a second time.
 * Shares come only from an assignment or an exercise, at the strike, and leave by an order or a person. A dividend on them is cash.
 */
import { defined } from '../defined.js';
import { isExternalRef } from '../ids.js';
import { divideRounded, MICROS_PER_DOLLAR, type Micros } from '../money.js';
import { actionSign } from '../option.js';
import type { Fill } from '../order/fill.js';
import type { StrategyLeg, StrategyPlan } from '../strategy/strategy.js';
import { effectiveFills } from './effective-fills.js';
import type { LegStatus } from './status.js';

export { effectiveFills } from './effective-fills.js';

export interface FoldedLeg {
  readonly legNo: number;
  readonly status: LegStatus;
  /** Signed contracts: positive long, negative short. */
  readonly openQuantity: number;
  /** Average price per share of the opening and of the closing fills. */
  readonly openPrice?: Micros;
  readonly closePrice?: Micros;
}

export interface FoldedPosition {
  /** Combos that every leg has filled at the opening, and those not yet closed on every leg. */
  readonly openedCombos: number;
  readonly openCombos: number;
  /** Average net of the opening fills per share of a combo, credit positive; absent until every leg has one. */
  readonly entryNet?: Micros;
  /** Average net debit of the closing fills per share of a combo; absent until every leg has one. */
  readonly exitNet?: Micros;
  /** Money; absent while no combo has been closed. */
  readonly realizedPnl?: Micros;
  readonly commissions: Micros;
  /** Cash of all fills and dividends, less the commissions but those of opening what is still held: with what that is worth, the P&L. */
  readonly cash: Micros;
  readonly legs: readonly FoldedLeg[];
  /** Shares of the underlying that came by an assignment or an exercise and are still held, signed. */
  readonly shares: number;
  /** Traded, and nothing is left. */
  readonly flat: boolean;
  /** The legs do not hold exactly `openCombos` combos: a leg filled in part, or more was closed than was open. */
  readonly unbalanced: boolean;
}

/** Sums of one side of a leg: contracts, contracts x price, commissions. */
interface Side {
  readonly contracts: number;
  readonly value: number;
  readonly commissions: Micros;
}

interface Leg {
  readonly plan: StrategyLeg;
  readonly opening: Side;
  readonly closing: Side;
}

/**
 * Folds the fills of one position. A fill on a leg's own side opens, one on the other side reduces.
 *
 * Realized P&L: flat, exactly the cash of all fills less all commissions. While open, (entry net - exit net) x closed combos x
 * multiplier, less the commissions of the reducing fills and the closed share of the opening ones.
 */
export function foldPosition(input: { readonly plan: StrategyPlan; readonly fills: readonly Fill[] }): FoldedPosition {
  const { plan } = input;
  const counted = effectiveFills(input.fills);
  const fills = counted.filter((fill) => fill.secType === 'OPT');
  const stock = sharesOf(counted.filter((fill) => fill.secType === 'STK' && fill.conId === plan.underlyingConId));
  const legs: readonly Leg[] = plan.legs.map((leg) => {
    const own = fills.filter((fill) => fill.conId === leg.contract.conId);
    return {
      plan: leg,
      opening: sum(own.filter((fill) => fill.side === leg.action && !isExternalRef(fill.orderRef))),
      closing: less(
        sum(own.filter((fill) => fill.side !== leg.action)),
        sum(own.filter((fill) => fill.side === leg.action && isExternalRef(fill.orderRef))),
      ),
    };
  });
  const openedCombos = wholeCombos(legs, 'opening');
  const closedCombos = Math.max(0, Math.min(openedCombos, wholeCombos(legs, 'closing')));
  const openCombos = openedCombos - closedCombos;
  const entryNet = netOf(legs, 'opening');
  const exitNet = netOf(legs, 'closing');
  const traded = legs.some(({ opening, closing }) => opening.contracts + closing.contracts > 0);
  const flat = traded && stock.held === 0 && legs.every((leg) => openQuantity(leg) === 0);
  const ofLegs = realized(plan.multiplier, legs, { openedCombos, closedCombos, flat, entryNet, exitNet });
  const dividends = counted.filter(({ secType }) => secType === 'CASH');
  const parts = [ofLegs, stock.realized, dividends.length === 0 ? undefined : dividendMoney(dividends)];
  const known = parts.filter((part) => part !== undefined);
  const realizedPnl = known.length === 0 ? undefined : known.reduce((total, part) => total + part, 0);
  return {
    openedCombos,
    openCombos,
    ...defined({ entryNet }),
    ...(exitNet !== undefined && { exitNet: -exitNet + 0 }),
    ...defined({ realizedPnl }),
    commissions: legs.reduce(
      (total, leg) => total + leg.opening.commissions + leg.closing.commissions,
      stock.commissions,
    ),
    cash: legs.reduce((total, leg) => total + cashOf(leg, plan.multiplier), stock.cash + dividendMoney(dividends)) + 0,
    legs: legs.map((leg, index) => foldedLeg(leg, index + 1, plan.quantity)),
    shares: stock.held,
    flat,
    unbalanced: legs.some((leg) => openQuantity(leg) !== actionSign(leg.plan.action) * leg.plan.ratio * openCombos),
  };
}

function sum(fills: readonly Fill[]): Side {
  return {
    contracts: fills.reduce((total, fill) => total + fill.quantity, 0),
    value: fills.reduce((total, fill) => total + fill.quantity * fill.price, 0),
    commissions: fills.reduce((total, fill) => total + (fill.commission ?? 0), 0),
  };
}

interface Shares {
  readonly held: number;
  /** Received less paid, and less the commissions. */
  readonly cash: Micros;
  /** Money of the shares that came and went, each at its average price, less their commissions; absent while none went. */
  readonly realized?: Micros;
  readonly commissions: Micros;
}

function sharesOf(fills: readonly Fill[]): Shares {
  const bought = sum(fills.filter(({ side }) => side === 'BUY'));
  const sold = sum(fills.filter(({ side }) => side === 'SELL'));
  const commissions = bought.commissions + sold.commissions;
  const held = bought.contracts - sold.contracts;
  const cash = sold.value - bought.value - commissions;
  const gone = Math.min(bought.contracts, sold.contracts);
  if (gone === 0) return { held, cash, commissions };
  const worth = ({ contracts, value }: Side) => (contracts === gone ? value : divideRounded(value, contracts) * gone);
  return { held, cash, realized: worth(sold) - worth(bought) - commissions, commissions };
}

const CENT: Micros = MICROS_PER_DOLLAR / 100;

/** Money of dividends, received positive, owed negative; the broker books each to the cent. */
export function dividendMoney(fills: readonly Fill[]): Micros {
  return fills.reduce(
    (total, { side, quantity, price }) =>
      total + (side === 'SELL' ? 1 : -1) * divideRounded(quantity * price, CENT) * CENT,
    0,
  );
}

/** Nobody else opens a position of ours: their trade on its opening side reverses what was closed twice. */
function less(closing: Side, takenBack: Side): Side {
  return {
    contracts: closing.contracts - takenBack.contracts,
    value: closing.value - takenBack.value,
    commissions: closing.commissions + takenBack.commissions,
  };
}

function wholeCombos(legs: readonly Leg[], side: 'opening' | 'closing'): number {
  return legs.length === 0 ? 0 : Math.min(...legs.map((leg) => Math.floor(leg[side].contracts / leg.plan.ratio)));
}

/** Average cash per share of a combo on a side: received positive, paid negative. */
function netOf(legs: readonly Leg[], side: 'opening' | 'closing'): Micros | undefined {
  if (legs.length === 0 || legs.some((leg) => leg[side].contracts === 0)) return undefined;
  return legs.reduce((net, leg) => {
    const { contracts, value } = leg[side];
    return net + cashSign(leg, side) * divideRounded(leg.plan.ratio * value, contracts);
  }, 0);
}

/** +1 where the leg's side sells, which brings cash; -1 where it buys. */
function cashSign({ plan }: Leg, side: 'opening' | 'closing'): 1 | -1 {
  return (plan.action === 'SELL') === (side === 'opening') ? 1 : -1;
}

function tradedValue(leg: Leg): Micros {
  return cashSign(leg, 'opening') * leg.opening.value + cashSign(leg, 'closing') * leg.closing.value;
}

function cashOf(leg: Leg, multiplier: number): Micros {
  const { opening, closing } = leg;
  const held = Math.max(0, opening.contracts - Math.max(0, closing.contracts));
  const ofHeld = held === 0 ? 0 : divideRounded(opening.commissions * held, opening.contracts);
  return tradedValue(leg) * multiplier - closing.commissions - (opening.commissions - ofHeld);
}

function openQuantity({ plan, opening, closing }: Leg): number {
  return actionSign(plan.action) * (opening.contracts - closing.contracts) + 0;
}

function realized(
  multiplier: number,
  legs: readonly Leg[],
  so: {
    readonly openedCombos: number;
    readonly closedCombos: number;
    readonly flat: boolean;
    readonly entryNet: Micros | undefined;
    readonly exitNet: Micros | undefined;
  },
): Micros | undefined {
  const opening = legs.reduce((total, leg) => total + leg.opening.commissions, 0);
  const closing = legs.reduce((total, leg) => total + leg.closing.commissions, 0);
  if (so.flat) {
    return legs.reduce((total, leg) => total + tradedValue(leg), 0) * multiplier - opening - closing;
  }
  if (so.closedCombos === 0 || so.entryNet === undefined || so.exitNet === undefined) return undefined;
  const share = divideRounded(opening * so.closedCombos, so.openedCombos);
  return (so.entryNet + so.exitNet) * so.closedCombos * multiplier - closing - share;
}

/** PARTIAL while the opening of the leg is short of the plan; FILLED from then until nothing is left. */
function foldedLeg(leg: Leg, legNo: number, quantity: number): FoldedLeg {
  const { opening, closing, plan } = leg;
  const open = openQuantity(leg);
  const status = ((): LegStatus => {
    if (opening.contracts === 0 && closing.contracts === 0) return 'PENDING';
    if (open === 0) return 'CLOSED';
    return opening.contracts < plan.ratio * quantity ? 'PARTIAL' : 'FILLED';
  })();
  return {
    legNo,
    status,
    openQuantity: open,
    ...(opening.contracts > 0 && { openPrice: divideRounded(opening.value, opening.contracts) }),
    ...(closing.contracts > 0 && { closePrice: divideRounded(closing.value, closing.contracts) }),
  };
}
