/**
 * The market part of a scenario: levels, volatility, history and events.
 *
 * Every field has a default, so `marketScenarioSchema.parse({})` is a calm market. A moment is either a New York wall time
 * (`2026-12-01 10:30` or with seconds), the same time of the N-th trading day after the day of the start (`+3 10:30`;
 * `+0` is the first session that has not ended at the start), or epoch milliseconds.
 */
import { z } from 'zod';

const momentSchema = z.union([
  z.number().int(),
  z.string().regex(/^(\d{4}-\d{2}-\d{2}|\+\d+) \d{2}:\d{2}(:\d{2})?$/, 'expected "YYYY-MM-DD HH:MM" or "+N HH:MM"'),
]);

const symbolsSchema = z.array(z.string()).optional();

const underlyingSchema = z.strictObject({
  /** Price at the start, dollars. */
  spot: z.number().positive().optional(),
  /** 30-day implied volatility at the start, without scheduled events, per year. */
  iv30: z.number().positive().max(5).optional(),
  /** Volatility that long expiries approach; default: the 30-day level at the start. */
  longIv: z.number().positive().max(5).optional(),
  /** IV rank at the start over the 52 weeks before, 0-100. */
  ivRank: z.number().min(0).max(100).optional(),
  /** Highest over lowest implied volatility of those 52 weeks. */
  ivRange: z.number().min(1).max(20).optional(),
  /** Correlation of returns with the market, 0-1. */
  correlation: z.number().min(0).max(1).optional(),
  /** Smile; eta (1 + |rho|) must not exceed 2. */
  smile: z
    .strictObject({ rho: z.number().gt(-1).lt(1), eta: z.number().positive() })
    .refine((smile) => smile.eta * (1 + Math.abs(smile.rho)) <= 2, 'eta (1 + |rho|) must not exceed 2')
    .optional(),
});

const eventSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('jump').describe('the price is multiplied by 1 + size, at once or evenly over some minutes'),
    at: momentSchema,
    symbols: symbolsSchema,
    size: z.number().gt(-0.95).max(5),
    overMinutes: z.number().min(0).default(0),
    /** Factor on implied volatility; default (1 + size) ^ -spotVolResponse. */
    ivFactor: z.number().positive().optional(),
  }),
  z.strictObject({
    kind: z.literal('drift').describe('a total move spread evenly over the trading time between two moments'),
    from: momentSchema,
    to: momentSchema,
    symbols: symbolsSchema,
    move: z.number().gt(-0.95).max(5),
    ivFactor: z.number().positive().optional(),
  }),
  z.strictObject({
    kind: z.literal('iv').describe('implied volatility is multiplied by factor, at once or over some minutes'),
    at: momentSchema,
    symbols: symbolsSchema,
    factor: z.number().positive().max(20),
    overMinutes: z.number().min(0).default(0),
  }),
  z.strictObject({
    kind: z.literal('earnings').describe('expiries after it carry its variance until it happens, then the crush'),
    at: momentSchema,
    symbol: z.string(),
    /** Standard deviation of the move that the options price in. */
    expectedMove: z.number().positive().max(1),
    /** The actual move. */
    move: z.number().gt(-0.95).max(5).default(0),
  }),
  z.strictObject({
    kind: z.literal('dividend').describe('one cash dividend; the price drops by it at the open of the ex-date'),
    symbol: z.string(),
    exDate: momentSchema,
    amount: z.number().positive(),
  }),
  z.strictObject({
    kind: z.literal('spread').describe('quoted spreads are multiplied by factor between two moments'),
    from: momentSchema,
    to: momentSchema,
    symbols: symbolsSchema,
    factor: z.number().min(0.1).max(100),
  }),
  z.strictObject({
    kind: z.literal('noise').describe('random moves are multiplied by factor on the trading days of an interval'),
    from: momentSchema,
    to: momentSchema,
    symbols: symbolsSchema,
    factor: z.number().min(0).max(10),
  }),
  z.strictObject({
    kind: z.literal('halt').describe('no trading and no quote changes between two moments'),
    from: momentSchema,
    to: momentSchema,
    symbols: symbolsSchema,
  }),
]);

/** The market part of a scenario file. */
export const marketScenarioSchema = z.strictObject({
  /** Market level of 30-day implied volatility at the start; each underlying is a multiple of it. */
  iv30: z.number().positive().max(5).default(0.21),
  ivRank: z.number().min(0).max(100).default(60),
  ivRange: z.number().min(1).max(20).default(2.4),
  /** Continuous interest rate per year. */
  rate: z.number().min(-0.05).max(0.3).default(0.04),
  /** Realised over implied volatility; 0 makes prices move by events alone. */
  realizedRatio: z.number().min(0).max(5).default(0.8),
  /** Volatility per year of the logarithm of implied volatility; 0 makes it move by events alone. */
  volOfVol: z.number().min(0).max(5).default(0.85),
  /** Correlation of the market's return with the change of its implied volatility. */
  spotVolCorrelation: z.number().min(-1).max(1).default(-0.8),
  /** Speed per year at which implied volatility returns to its level at the start. */
  meanReversion: z.number().min(0).max(50).default(4),
  /** Exponent of the volatility that goes with a scripted jump or drift. */
  spotVolResponse: z.number().min(0).max(20).default(4),
  /** Share of nights whose gap is three times the usual. */
  gapShare: z.number().min(0).max(1).default(0.03),
  /** Whether the regular dividends of stocks and funds are paid. */
  dividends: z.boolean().default(true),
  /** Whether a class of flexible contracts on SPY is listed, as IB lists 2SPY: multiplier 100, listed before SPY. */
  adjustedClasses: z.boolean().default(false),
  /** Multiplier of every quoted spread. */
  spreadFactor: z.number().min(0.1).max(100).default(1),
  underlyings: z.record(z.string(), underlyingSchema).default({}),
  events: z.array(eventSchema).default([]),
});

/** A moment as a scenario writes it. */
export type Moment = z.infer<typeof momentSchema>;
/** The market part of a scenario, complete. */
export type MarketScenario = z.infer<typeof marketScenarioSchema>;
/** The market part as it may be written, with defaults left out. */
export type MarketScenarioInput = z.input<typeof marketScenarioSchema>;
export type MarketEvent = MarketScenario['events'][number];
