/**
 * What one seed does: its market, its positions, and its faults with the moment of each. A pure function of the seed, so a
 * failing seed is run again by its number. What the operating system adds (which instruction a kill falls on) is not in it.
 */

import type { ScenarioInput } from 'ib-gateway';
import { type LegTerms, PROTECTIVE_KINDS, type Pricing, type ProtectionChoice } from 'legwork';
import { type DrawnFault, drawFault, type FaultKind } from './fault-draw.js';
import {
  type ChangeExit,
  changesOf,
  kindOf,
  type NightExit,
  nightsOf,
  type OutsideTerms,
  type SeedKind,
} from './kinds.js';
import { type Draw, drawFrom } from './random.js';

/** Points of a position's life that a fault can wait for. */
const MOMENTS = [
  'entry-asked',
  'entry-sent',
  'entry-repriced',
  'entry-filled',
  'opened',
  'exit-asked',
  'exit-sent',
  'exit-repriced',
  'exit-filled',
] as const;
/** Points of a night, the same for every position: after the close, shortly before the open, and when trading has begun. */
export const NIGHT_MOMENTS = ['night', 'morning', 'open'] as const;
export type TriggerPoint = (typeof MOMENTS)[number] | (typeof NIGHT_MOMENTS)[number];

export interface PlannedPosition {
  readonly name: string;
  readonly legs: readonly LegTerms[];
  readonly quantity: number;
  readonly pricing: Pricing;
  /** Wall ms from the start of the seed until it is asked for. */
  readonly afterMs: number;
  /** Wall ms that it is held. */
  readonly holdMs: number;
  /** How it is asked to end. `shock`: the market moves, and a rule or else a person ends it. */
  readonly exit: 'close' | 'reduce-then-close' | 'shock' | ChangeExit | NightExit;
  readonly exitPricing: Pricing;
  /** What somebody else does to it, if its end is such a one. */
  readonly outside?: OutsideTerms;
  /** What rests at the broker for it; absent: nothing. */
  readonly protection?: ProtectionChoice;
}

export interface PlannedFault {
  /** Number of the position whose life it waits for, from 0. */
  readonly position: number;
  readonly moment: TriggerPoint;
  /** Wall ms after the moment. */
  readonly delayMs: number;
  readonly fault: DrawnFault;
}

export interface Plan {
  readonly seed: number;
  readonly kind: SeedKind;
  /** Market seconds per wall second. */
  readonly speed: number;
  readonly workers: 1 | 2;
  readonly scenario: ScenarioInput;
  readonly positions: readonly PlannedPosition[];
  readonly faults: readonly PlannedFault[];
}

export interface PlanOptions {
  /** Fewer positions and faults, shorter outages: for the tests of every day. */
  readonly brief?: boolean;
  /** Only faults of these kinds. */
  readonly only?: readonly FaultKind[];
}

const PROTECTION_STREAM = 0x5eed_0ca1;
const NIGHT_STREAM = 0x0b5c_0e11;
const EXPIRY = '20260417';
const TODAY = '20260302';

/** Legs that do not collide with one another: the broker refuses orders on both sides of one contract. */
const SHAPES: readonly { readonly name: string; readonly legs: readonly LegTerms[] }[] = [
  { name: 'condor', legs: [put('BUY', 605), put('SELL', 618), call('SELL', 711), call('BUY', 724)] },
  { name: 'bull-put', legs: [put('BUY', 596), put('SELL', 606)] },
  { name: 'bear-call', legs: [call('SELL', 714), call('BUY', 722)] },
  { name: 'condor-wide', legs: [put('BUY', 590), put('SELL', 610), call('SELL', 718), call('BUY', 730)] },
];

/** Spreads that expire at the end of the first day, about the price of the afternoon: which leg ends in the money the market decides. */
const EXPIRING: readonly { readonly name: string; readonly legs: readonly LegTerms[] }[] = [
  { name: 'expiring-call', legs: [call('SELL', 669, TODAY), call('BUY', 676, TODAY)] },
  { name: 'expiring-put', legs: [put('BUY', 662, TODAY), put('SELL', 671, TODAY)] },
  { name: 'expiring-put-in', legs: [put('BUY', 664, TODAY), put('SELL', 672, TODAY)] },
];

/** The plan of a seed. */
export function planOf(seed: number, options: PlanOptions = {}): Plan {
  const draw = drawFrom(seed);
  const brief = options.brief === true;
  const count = brief ? draw.whole(1, 2) : draw.whole(1, 3);
  const speed = draw.one([20, 30, 40]);
  const first = draw.whole(0, SHAPES.length - 1);
  const positions = Array.from({ length: count }, (_, index) => planPosition(draw, first + index, index, brief));
  const faultCount = brief ? draw.whole(2, 3) : draw.whole(3, 7);
  const faults = Array.from({ length: faultCount }, () => planFault(draw, count, speed, options));
  const workers = draw.chance(0.3) ? 2 : 1;
  const plan: Plan = {
    ...{ seed, kind: brief ? 'hour' : kindOf(seed), speed, workers },
    ...{ scenario: scenarioOf(draw), positions: protect(positions, seed), faults },
  };
  if (plan.kind === 'hour') return plan;
  if (plan.kind === 'night') return overNight(plan);
  const ends = changesOf(seed, count);
  return { ...plan, positions: plan.positions.map((position, index) => ({ ...position, ...ends[index] })) };
}

/** The plan of an hour, begun a quarter of an hour before the close; what is to expire does so on that day, and half of the faults strike at night. */
function overNight(plan: Plan): Plan {
  const { seed, scenario } = plan;
  const draw = drawFrom(seed ^ NIGHT_STREAM);
  const ends = nightsOf(seed, plan.positions.length);
  const positions = plan.positions.map(({ protection, ...position }, index): PlannedPosition => {
    const end = ends[index];
    if (end?.exit === 'expire') return { ...position, ...end, ...expiringAt(index), pricing: { kind: 'market' } };
    return { ...position, ...end, ...(protection && { protection }) };
  });
  const faults = plan.faults.map((fault) =>
    draw.chance(0.5) ? { ...fault, moment: draw.one(NIGHT_MOMENTS), delayMs: draw.whole(0, 4_000) } : fault,
  );
  const { fills, ...exchange } = scenario.exchange ?? {};
  const quick = { ...exchange, fills: { ...fills, quietOpenSeconds: 60 } };
  return { ...plan, positions, faults, scenario: { ...scenario, start: '2026-03-02T15:45', exchange: quick } };
}

/** Drawn from a stream of its own, so that older seeds keep the plans they had before protection existed. */
function protect(positions: readonly PlannedPosition[], seed: number): readonly PlannedPosition[] {
  const draw = drawFrom(seed ^ PROTECTION_STREAM);
  return positions.map((position) => {
    const rests = draw.chance(0.5);
    const protection: ProtectionChoice = {
      protective: draw.one(PROTECTIVE_KINDS),
      target: draw.one([0, 0.3, 0.6]),
      bracket: draw.chance(0.5),
    };
    return rests ? { ...position, protection } : position;
  });
}

function planPosition(draw: Draw, shape: number, index: number, brief: boolean): PlannedPosition {
  const { name, legs } = shapeAt(shape);
  const pricing: Pricing = draw.chance(0.8) ? { kind: 'walk' } : { kind: 'market' };
  return {
    name,
    legs,
    quantity: draw.whole(1, 4),
    pricing,
    afterMs: index === 0 ? 0 : draw.whole(0, brief ? 500 : 4_000),
    holdMs: draw.whole(200, brief ? 800 : 4_000),
    exit: draw.weighted([
      ['close', 6],
      ['reduce-then-close', 2],
      ['shock', 2],
    ] as const),
    exitPricing: draw.chance(0.7) ? { kind: 'walk' } : { kind: 'market' },
  };
}

function planFault(draw: Draw, positions: number, speed: number, options: PlanOptions): PlannedFault {
  return {
    position: draw.whole(0, positions - 1),
    moment: draw.one(MOMENTS),
    delayMs: draw.chance(0.5) ? draw.whole(0, 60) : draw.whole(0, 900),
    fault: drawFault(draw, speed, options),
  };
}

/** How readily orders fill, in parts or whole, and how callbacks come. */
function scenarioOf(draw: Draw): ScenarioInput {
  const ready = draw.chance(0.5);
  const inParts = draw.chance(0.6);
  return {
    exchange: {
      commissionSeconds: draw.one([0.3, 5, 30]),
      fills: {
        atMid: ready ? 0.5 : 0.02,
        nearNatural: ready ? 1 : 0.3,
        displayedSize: draw.chance(0.3),
        partial: inParts
          ? [{ fraction: 0.4 }, { fraction: 0.4, afterSeconds: draw.whole(5, 40) }, { fraction: 1 }]
          : [],
      },
      callbacks: { duplicates: draw.one([0.08, 0.4]), statusFirst: draw.one([0.1, 0.6]) },
    },
  };
}

function put(action: 'BUY' | 'SELL', strike: number, expiry = EXPIRY): LegTerms {
  return { right: 'PUT', strike, expiry, action, ratio: 1 };
}

function call(action: 'BUY' | 'SELL', strike: number, expiry = EXPIRY): LegTerms {
  return { right: 'CALL', strike, expiry, action, ratio: 1 };
}

function shapeAt(index: number): (typeof SHAPES)[number] {
  return nthOf(SHAPES, index);
}

function expiringAt(index: number): (typeof EXPIRING)[number] {
  return nthOf(EXPIRING, index);
}

function nthOf<T>(items: readonly T[], index: number): T {
  const item = items[index % items.length];
  if (item === undefined) throw new RangeError('no shape');
  return item;
}
