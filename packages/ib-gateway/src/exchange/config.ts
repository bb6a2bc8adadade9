/**
 * The exchange part of a scenario: how orders fill, what trading costs, what the account holds at the start.
 *
 * Every field has a default, so `exchangeScenarioSchema.parse({})` is an ordinary paper account.
 */
import { z } from 'zod';
import { momentSchema } from '../market/moment.js';

const secondsSchema = z.number().min(0).max(86_400);
/** Least and most. */
const secondsRangeSchema = z
  .tuple([secondsSchema, secondsSchema])
  .refine(([least, most]) => least <= most, 'expected [least, most], the first not above the second');
const shareSchema = z.number().min(0).max(1);

/** Names a contract as a person would; whatever is left out matches anything. */
const contractFilterSchema = z.strictObject({
  symbol: z.string(),
  secType: z.enum(['STK', 'OPT']).optional(),
  expiry: z
    .string()
    .regex(/^\d{8}$/)
    .optional(),
  strike: z.number().positive().optional(),
  right: z.enum(['C', 'P']).optional(),
});

const eventSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('assign').describe('the deepest matching short option is assigned at 02:00 of the next morning'),
    at: momentSchema,
    contract: contractFilterSchema,
    quantity: z.number().int().positive().optional(),
  }),
  z.strictObject({
    kind: z.literal('manualClose').describe('a person closes matching positions in TWS, at the quote'),
    at: momentSchema,
    contract: contractFilterSchema,
    quantity: z.number().int().positive().optional(),
  }),
  z.strictObject({
    kind: z
      .literal('liquidate')
      .describe('the broker liquidates the matching positions; the executions are marked as liquidations'),
    at: momentSchema,
    contract: contractFilterSchema,
    quantity: z.number().int().positive().optional(),
  }),
  z.strictObject({
    kind: z.literal('reject').describe('the next orders are refused'),
    at: momentSchema,
    count: z.number().int().positive().default(1),
    code: z.number().int().default(201),
    text: z.string().default('Order rejected - reason:System is unavailable'),
  }),
  z.strictObject({
    kind: z.literal('mute').describe('orders whose orderRef begins with a text get no answer but work'),
    at: momentSchema,
    orderRefPrefix: z.string(),
  }),
  z.strictObject({
    kind: z.literal('margin').describe('the broker multiplies its margin requirements from now on'),
    at: momentSchema,
    factor: z.number().min(0.1).max(10),
  }),
]);

const positionSchema = z.strictObject({
  contract: contractFilterSchema,
  quantity: z.number().int(),
  /** Cost per share or per unit of the option's price, dollars. */
  price: z.number().min(0),
});

export const exchangeScenarioSchema = z.strictObject({
  cash: z.number().default(250_000),
  /** Currency of the account, and how much of it a dollar is: account values and margins are in it. 0: no rate is sent. */
  base: z
    .strictObject({
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/)
        .default('USD'),
      perDollar: z.number().min(0).default(1),
    })
    .prefault({}),
  positions: z.array(positionSchema).default([]),
  /** Market time from arrival to the first match; default 1 s stepped, 0.2 s running. */
  latencySeconds: secondsSchema.optional(),
  /** Market time from a cancel to its confirmation; by default the latency. */
  cancelSeconds: secondsSchema.optional(),
  /** Market time from a fill to its commission report; default 1 s stepped, 0.3 s running. */
  commissionSeconds: secondsSchema.optional(),
  /** Market time from an order's arrival to the first callback about it, least and most seconds; it may match before. */
  acknowledgements: z
    .strictObject({
      /** Of combos; default 0 stepped, 0.1 to 5 running. */
      comboSeconds: secondsRangeSchema.optional(),
      /** Of single contracts. */
      singleSeconds: secondsRangeSchema.default([0, 0]),
    })
    .prefault({}),
  fills: z
    .strictObject({
      /** Chance per second that a limit just short of the far side fills. */
      nearNatural: shareSchema.default(0.25),
      /** Chance per second that a limit at mid fills. */
      atMid: shareSchema.default(0.012),
      /** Resting orders do not fill for this long after the open. */
      quietOpenSeconds: secondsSchema.default(300),
      /** Parts of an order's quantity that fill one after the other; the last part takes the rest. Empty: by displayed size. */
      partial: z
        .array(z.strictObject({ fraction: z.number().gt(0).max(1), afterSeconds: secondsSchema.default(0) }))
        .default([]),
      /** The orders that the plan applies to. */
      partialOn: z.enum(['open', 'close', 'any']).default('any'),
      /** Market time between the executions of a combo's legs; the first comes right after the combo's own. */
      legsApartSeconds: secondsSchema.default(0),
      /** Whether a fill is limited to the size at the quote. */
      displayedSize: z.boolean().default(true),
    })
    .prefault({}),
  callbacks: z
    .strictObject({
      /** Share of order statuses that come twice. */
      duplicates: shareSchema.default(0.08),
      /** Share of fills whose status comes before the execution. */
      statusFirst: shareSchema.default(0.1),
    })
    .prefault({}),
  commissions: z
    .strictObject({
      perContract: z.number().min(0).default(0.65),
      /** Exchange, clearing and regulatory fees per contract. */
      feesPerContract: z.number().min(0).default(0.03),
      /** Additional fee of an index option. */
      indexPerContract: z.number().min(0).default(0.57),
      perShare: z.number().min(0).default(0.005),
      stockMinimum: z.number().min(0).default(1),
    })
    .prefault({}),
  margin: z
    .strictObject({
      /** Multiplier of every requirement. */
      factor: z.number().min(0.1).max(10).default(1),
      /** VIX above which requirements for uncovered positions rise in proportion. */
      stressAbove: z.number().positive().default(30),
      /** How often the broker closes positions of an account with too little equity, market minutes; 0: never. */
      liquidateEveryMinutes: z.number().int().min(0).max(1440).default(0),
    })
    .prefault({}),
  /** A limit worse than the far side by more than this many dollars (and by more than the price itself) is not accepted; 0: never. */
  tooFar: z.number().min(0).default(5),
  /** How it is ended: cancelled after acceptance (202), or refused at once (201). */
  tooFarAnswer: z.enum(['cancelled', 'refused']).default('cancelled'),
  /** A warning of the gateway's presets for every what-if, in a row before the figures; empty: none. */
  presetWarning: z.string().default(''),
  /** Most orders that may work on one contract and side. */
  ordersPerContract: z.number().int().positive().default(20),
  /** Whether a change may alter the good-till time of a live order; otherwise it is refused with 105. */
  goodTillChange: z.enum(['taken', 'refused']).default('taken'),
  /** Whether orders refused as Inactive, for lack of margin, stay in the lists of open orders. */
  inactiveOrders: z.enum(['gone', 'listed']).default('gone'),
  /** Whether owners exercise short calls whose time value is below the dividend, the night before the ex-date. */
  dividendExercise: z.boolean().default(true),
  events: z.array(eventSchema).default([]),
});

/** The exchange part of a scenario, complete. */
export type ExchangeScenario = z.infer<typeof exchangeScenarioSchema>;
/** The exchange part as it may be written, with defaults left out. */
export type ExchangeScenarioInput = z.input<typeof exchangeScenarioSchema>;
export type ExchangeScriptEvent = ExchangeScenario['events'][number];
export type ContractFilter = z.infer<typeof contractFilterSchema>;
