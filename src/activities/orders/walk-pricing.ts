/** Prices of an order from the net of its legs, in the broker's sense: what we pay per share. */

import type { OrderSpec } from '../../contract/activities.js';
import { defined } from '../../domain/defined.js';
import { legOfRole } from '../../domain/ids.js';
import { type Micros, parseMoney } from '../../domain/money.js';
import { actionSign, type LegAction, opposite } from '../../domain/option.js';
import { exitLimit } from '../../domain/order/exit-limit.js';
import { checkLimit } from '../../domain/order/guards.js';
import { completingLimit, marketableLimit } from '../../domain/order/marketable-limit.js';
import { openingSide, signedLimit } from '../../domain/order/money-side.js';
import { payoffRange } from '../../domain/order/net-bounds.js';
import { isStock, type OrderLeg, optionLegs } from '../../domain/order/order.js';
import { comboIncrement, incrementAt, roundToIncrement } from '../../domain/order/ticks.js';
import { openingWalk, type WalkState } from '../../domain/order/walk.js';
import type { Urgency } from '../../domain/rules/decision.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { Net } from './net-quote.js';

type Deps = Pick<BrokerDeps, 'settings'>;

const DAY_MS = 86_400_000;

/** Smallest step of the order's price. */
export async function readIncrement(
  { broker }: Pick<BrokerDeps, 'broker'>,
  legs: readonly OrderLeg[],
  price: Micros,
): Promise<Micros> {
  const options = optionLegs(legs);
  const [stock] = legs;
  if (stock !== undefined && isStock(stock.contract)) return (await broker.underlying(stock.contract.symbol)).minTick;
  const details = await broker.details(options.map(({ contract }) => contract.conId));
  const first = details[0];
  if (legs.length === 1 && first !== undefined) return incrementAt(first.priceBands, Math.abs(price));
  return comboIncrement(
    details.map((one) => one.priceBands),
    options[0]?.contract.tradingClass ?? '',
  );
}

/** The first price of an order and the plan of its walk, or why it may not be sent at these prices. */
export function firstWalk(
  deps: Deps,
  spec: OrderSpec,
  row: PositionRow,
  net: Net,
  increment: Micros,
  now: number,
): WalkState | { readonly refused: string } {
  const settings = deps.settings().orders;
  const pace = paceOf(deps, spec.urgency);
  const until = (ms: number) => now + ms;
  const entryEnd = until(settings.entryMaxMinutes * 60_000);
  const endsAt = legTimeOf(deps, spec, now) ?? (spec.purpose === 'OPEN' ? entryEnd : until(DAY_MS));
  const base = { stepNo: 1, startMid: net.mid, endsAt };
  const fixed = fixedLimit(spec, row);
  if (typeof fixed === 'object') return fixed;
  const walk = ((): WalkState => {
    if (fixed !== undefined) {
      const limit = roundToIncrement(fixed, increment, 'down');
      const end = spec.purpose === 'OPEN' ? entryEnd : until(settings.entryMaxMinutes * 60_000);
      return { ...base, limit, limits: [], stepEndsAt: end, endsAt: end };
    }
    const stepEndsAt = Math.min(endsAt, until(pace.stepSeconds * 1000));
    if (spec.completes) {
      const { completeCapPct: capPct } = settings.legs;
      const worst = completingLimit({ ...net, increment, capPct, marketPct: settings.marketCapPct });
      const [limit = worst, ...limits] = openingWalk({
        mid: net.mid,
        natural: worst,
        steps: pace.steps,
        increment,
        worstShare: 1,
      });
      return { ...base, limit, limits, stepEndsAt };
    }
    if (spec.pricing.kind === 'market' || spec.purpose === 'REDUCE') {
      return { ...base, limit: anchoredLimit(deps, spec, row, { net, increment, step: 1 }), limits: [], stepEndsAt };
    }
    const { entryWorstShare: worstShare } = settings;
    const most = row.plan.leastCredit === undefined || spec.role !== 'combo' ? undefined : -row.plan.leastCredit;
    const [limit = net.mid, ...limits] = openingWalk({
      ...net,
      steps: pace.steps,
      increment,
      worstShare,
      ...defined({ most }),
    });
    return { ...base, limit, limits, stepEndsAt };
  })();
  const refused = checkPrice(deps, spec, row, walk.limit, net);
  return refused === undefined ? walk : { refused };
}

/**
 * The current step of the walk for a further attempt: its remaining time, or a full step where settling the last order took longer. An
 * opening keeps its price, which was fixed at the start; an exit is anchored on current quotes. Undefined when the exit's day is over:
 * it begins again.
 */
export function againWalk(
  deps: Deps,
  spec: OrderSpec,
  row: PositionRow,
  walk: WalkState,
  { net, increment, now }: { readonly net: Net; readonly increment: Micros; readonly now: number },
): WalkState | { readonly refused: string } | undefined {
  if (now >= walk.endsAt) return undefined;
  const pace = paceOf(deps, spec.urgency);
  const fixed = spec.pricing.kind === 'limit';
  const whole = now + pace.stepSeconds * 1000;
  const end = walk.early?.until ?? walk.stepEndsAt;
  const left = end > now ? Math.min(end, whole) : whole;
  const stepEndsAt = fixed ? walk.endsAt : Math.min(walk.endsAt, left);
  const anchored = spec.purpose === 'REDUCE' && !fixed;
  const limit = anchored ? anchoredLimit(deps, spec, row, { net, increment, step: walk.stepNo }) : walk.limit;
  const refused = checkPrice(deps, spec, row, limit, net);
  return refused === undefined ? { ...walk, stepEndsAt, limit } : { refused };
}

/** The limit on present quotes: of an exit at this step of its walk, or marketable at every step where the order is at market. */
export function anchoredLimit(
  deps: Deps,
  spec: OrderSpec,
  row: PositionRow,
  { net, increment, step }: { readonly net: Net; readonly increment: Micros; readonly step: number },
): Micros {
  const common = { ...net, increment, ...boundOf(row, spec) };
  if (spec.pricing.kind !== 'market') return exitLimit({ ...common, step, steps: paceOf(deps, spec.urgency).steps });
  return marketableLimit({ ...common, capPct: deps.settings().orders.marketCapPct });
}

/** Why an opening is given up when the market has left the price it was decided on; a person's own limit stands. */
export function driftTooFar(
  deps: Deps,
  spec: OrderSpec,
  row: PositionRow,
  walk: WalkState,
  net: Net,
): string | undefined {
  if (spec.purpose !== 'OPEN' || spec.pricing.kind === 'limit') return undefined;
  // A single leg is worth more than the net of all, and moves by more.
  const base = spec.role === 'combo' ? row.plan.netMid : walk.startMid;
  const allowed = Math.abs(base) * deps.settings().orders.abandonMidMovePct;
  if (Math.abs(net.mid - walk.startMid) <= Math.max(allowed, 50_000)) return undefined;
  return 'the market moved away while the order was worked';
}

/**
 * What closing the structure can cost and bring at most, by its payoff: the broker refuses a price at or beyond these as
 * guaranteed to lose, or riskless. Absent where nothing bounds it: several expiries, uncovered contracts, a single one. An
 * opening is bounded by its own limit check, since it pays and receives the other way round.
 */
function boundOf(
  row: PositionRow,
  spec: OrderSpec,
): { readonly width?: Micros; readonly worth?: Micros; readonly even?: boolean } {
  if (isSingle(row, spec)) return {};
  const even = openingSide(row.plan.legs) === undefined;
  const range = payoffRange(row.plan.legs);
  if (spec.purpose === 'OPEN' || range === undefined) return { even };
  const { lowest, highest } = range;
  return {
    even,
    ...(lowest !== undefined && { width: -lowest }),
    ...defined({ worth: highest }),
  };
}

/** End of an order for one leg of an opening, market time; undefined for all other orders. */
function legTimeOf(deps: Deps, { role, purpose, completes }: OrderSpec, now: number): number | undefined {
  const { legSeconds, completeSeconds, unwindSeconds } = deps.settings().orders.legs;
  if (role.startsWith('unwind')) return now + unwindSeconds * 1000;
  if (purpose !== 'OPEN' || !role.startsWith('leg')) return undefined;
  return now + (completes ? completeSeconds : legSeconds) * 1000;
}

/** Whether the order is for one contract: of a single-leg strategy, one leg of another, or shares. */
function isSingle(row: PositionRow, spec: OrderSpec): boolean {
  return row.legs.length === 1 || (spec.role !== 'combo' && spec.role !== 'stop' && spec.role !== 'target');
}

/** Sign, bounds and collar of a limit. */
export function checkPrice(deps: Deps, spec: OrderSpec, row: PositionRow, limit: Micros, net: Net): string | undefined {
  const { collarMin, collarPct, sharesCollarPct } = deps.settings().orders;
  const least = Math.round(collarMin * 1_000_000);
  const side = openingSide(row.plan.legs);
  return checkLimit({
    structure: isSingle(row, spec) ? 'single_leg' : row.structure,
    ...(isSingle(row, spec) && { action: actionOf(row, spec) }),
    ...(side !== undefined && { credit: side === 'credit' }),
    ...(row.structure === 'custom' && { worth: payoffRange(row.plan.legs) ?? {} }),
    purpose: spec.purpose,
    limit,
    width: row.width,
    mid: net.mid,
    // An option may have to be sold anywhere below its mid. Shares have a price, and a quote far from it is wrong.
    collar:
      spec.role === 'shares'
        ? Math.max(least, Math.round(Math.abs(net.mid) * sharesCollarPct))
        : Math.max(least, Math.round(Math.abs(net.mid) * collarPct), Math.abs(net.natural - net.mid)),
  });
}

/** Side on which an order for one contract, or for shares, trades. */
function actionOf(row: PositionRow, spec: OrderSpec): LegAction {
  if (spec.role === 'shares') return row.shares > 0 ? 'SELL' : 'BUY';
  const action = row.plan.legs[(legOfRole(spec.role) ?? 1) - 1]?.action ?? 'BUY';
  return spec.purpose === 'OPEN' ? action : opposite(action);
}

export function paceOf(deps: Deps, urgency: Urgency): { readonly steps: number; readonly stepSeconds: number } {
  const { walk } = deps.settings().orders;
  switch (urgency) {
    case 'IMMEDIATE':
      return walk.immediate;
    case 'HIGH':
      return walk.high;
    default:
      return walk.normal;
  }
}

/** A person's price with its sign; undefined for an order without one. */
function fixedLimit(spec: OrderSpec, row: PositionRow): Micros | { readonly refused: string } | undefined {
  if (spec.pricing.kind !== 'limit') return undefined;
  const { price: text, side } = spec.pricing;
  // Runs of the release before may carry a price that was sent as a number.
  const price = parseMoney(String(text));
  if (isSingle(row, spec)) return actionSign(actionOf(row, spec)) * price;
  return signedLimit(row.plan.legs, spec.purpose, { price, ...(side && { side }) });
}
