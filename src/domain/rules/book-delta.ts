/**
 * The book for the delta rule: the delta of all positions together, and the one position whose closing would help most.
 *
 * Two measures. Condors: sum(combos x delta) / sum(combos), so that ten small condors do not count as one large one. All positions:
 * dollar delta against net liquidation. A position being closed counts as closed. Once on, an alarm stands until every measure is below
 * its release. A measure with an unknown part is itself unknown.
 */
import { defined } from '../defined.js';
import type { Micros } from '../money.js';
import type { Structure } from '../strategy/strategy.js';
import { dollarRelease } from './delta-risk.js';
import type { BookFacts } from './input.js';
import type { RulesSettings } from './settings.js';

export interface BookPosition {
  readonly positionId: string;
  readonly structure: Structure;
  readonly combos: number;
  /** It holds shares, or legs out of their ratio: it counts by its dollars alone, and is not chosen. */
  readonly broken?: true;
  /** An exit is in progress: counted as already closed. */
  readonly closing: boolean;
  /** Delta of one combo per share. */
  readonly deltaPerCombo?: number;
  /** Beta-weighted dollar delta of all its combos. */
  readonly deltaDollars?: Micros;
  readonly profitPct?: number;
}

export interface BookVerdict {
  /** By position id. */
  readonly facts: ReadonlyMap<string, BookFacts>;
  /** Whether the alarm is on; an input of the next call. */
  readonly active: boolean;
}

/** One measure over the open positions that it covers. */
interface Measure {
  readonly value: number | undefined;
  readonly limit: number;
  readonly release: number;
  readonly parts: readonly BookPosition[];
  /** What a position adds, signed; only called when `value` is known. */
  contribution(position: BookPosition): number;
  /** The measure without one position. */
  without(position: BookPosition): number;
}

/** Evaluates the book; at most one position is chosen, and none while no alarm is on. */
export function bookFacts(
  positions: readonly BookPosition[],
  state: { readonly netLiquidation?: Micros; readonly active: boolean },
  settings: RulesSettings,
): BookVerdict {
  const open = positions.filter((position) => !position.closing && (position.combos > 0 || position.broken));
  const condors = condorMeasure(open, settings);
  const dollars = dollarMeasure(open, state.netLiquidation, settings);
  const over = [condors, dollars].filter(({ value, limit, release }) => {
    return value !== undefined && Math.abs(value) > (state.active ? release : limit);
  });
  const chosen = over.map((measure) => choose(measure, settings)).find((position) => position !== undefined);
  const facts = new Map<string, BookFacts>();
  for (const { positionId } of positions) {
    facts.set(positionId, {
      ...defined({ condorDeltaPerCombo: condors.value, dollarDeltaShare: dollars.value }),
      chosenForDelta: positionId === chosen?.positionId,
    });
  }
  return { facts, active: over.length > 0 };
}

function condorMeasure(open: readonly BookPosition[], settings: RulesSettings): Measure {
  const parts = open.filter((position) => position.structure === 'iron_condor' && !position.broken);
  const contribution = (position: BookPosition) => position.combos * (position.deltaPerCombo ?? 0);
  const average = (of: readonly BookPosition[]) => {
    const combos = of.reduce((sum, position) => sum + position.combos, 0);
    return combos === 0 ? 0 : of.reduce((sum, position) => sum + contribution(position), 0) / combos;
  };
  return {
    value: parts.every((position) => position.deltaPerCombo !== undefined) ? average(parts) : undefined,
    limit: settings.deltaRisk.condorLimit,
    release: settings.deltaRisk.condorRelease,
    parts,
    contribution,
    without: (position) => average(parts.filter((part) => part !== position)),
  };
}

function dollarMeasure(
  open: readonly BookPosition[],
  netLiquidation: Micros | undefined,
  settings: RulesSettings,
): Measure {
  const known = netLiquidation !== undefined && netLiquidation > 0;
  const divisor = known ? netLiquidation : 1;
  const contribution = (position: BookPosition) => position.deltaDollars ?? 0;
  const total = open.reduce((sum, position) => sum + contribution(position), 0);
  return {
    value: known && open.every((position) => position.deltaDollars !== undefined) ? total / divisor : undefined,
    limit: settings.deltaRisk.dollarLimit,
    release: dollarRelease(settings),
    parts: open,
    contribution,
    without: (position) => (total - contribution(position)) / divisor,
  };
}

/**
 * The tested or losing position that leans furthest in the book's direction, among those whose closing shrinks the
 * measure.
 */
function choose(measure: Measure, settings: RulesSettings): BookPosition | undefined {
  const { value, parts } = measure;
  if (value === undefined) return undefined;
  const lean = (position: BookPosition) => Math.sign(value) * measure.contribution(position);
  return parts
    .filter((position) => !position.broken && isTestedOrLosing(position, settings))
    .filter((position) => lean(position) > 0 && Math.abs(measure.without(position)) < Math.abs(value))
    .sort((a, b) => lean(b) - lean(a) || (a.positionId < b.positionId ? -1 : 1))[0];
}

/** Losing by its profit. Tested: a condor that was neutral when built and whose own delta exceeds the limit. */
function isTestedOrLosing(position: BookPosition, settings: RulesSettings): boolean {
  if (position.profitPct !== undefined && position.profitPct < 0) return true;
  return position.structure === 'iron_condor' && Math.abs(position.deltaPerCombo ?? 0) > settings.deltaRisk.condorLimit;
}
