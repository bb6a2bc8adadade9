/**
 * Conditions of an order, as the protocol decodes them into `extra.conditions`.
 */
import { z } from 'zod';
import type { GatewayExecution, GatewayMarket, GatewayOrderRequest, GatewayQuote } from '../model.js';
import { parseTime } from '../times.js';
import { methodOf, reaches, type Sightings } from './price-levels.js';

const conditionSchema = z.looseObject({
  type: z.number(),
  conjunction: z.string().default('a'),
  isMore: z.boolean().default(false),
  value: z.string().default(''),
  conId: z.number().default(0),
  triggerMethod: z.number().default(0),
  symbol: z.string().default(''),
  secType: z.string().default(''),
});

export type OrderCondition = z.infer<typeof conditionSchema>;

export interface ConditionInputs {
  readonly market: GatewayMarket;
  readonly at: number;
  /** Excess liquidity over net liquidation, per cent. */
  readonly cushionPercent: number;
  /** Executions since the order was placed. */
  readonly executions: readonly GatewayExecution[];
  /** Prices that the double trigger methods have seen for the order's conditions. */
  readonly sightings: Sightings;
}

/** The conditions of a request; an unreadable list counts as none. */
export function conditionsOf(request: GatewayOrderRequest): readonly OrderCondition[] {
  const parsed = z.array(conditionSchema).safeParse(request.extra.conditions);
  return parsed.success ? parsed.data : [];
}

/** Whether the conditions hold: each is joined to the next by its own `a` (and) or `o` (or), from left to right. */
export function conditionsHold(conditions: readonly OrderCondition[], inputs: ConditionInputs): boolean {
  let result = true;
  let or = false;
  for (const [index, condition] of conditions.entries()) {
    const holds = conditionHolds(condition, inputs, `condition ${index}`);
    if (index === 0) result = holds;
    else result = or ? result || holds : result && holds;
    or = condition.conjunction.toLowerCase() === 'o';
  }
  return result;
}

function conditionHolds(condition: OrderCondition, inputs: ConditionInputs, key: string): boolean {
  const { market, at } = inputs;
  switch (condition.type) {
    case 1:
      return priceReached(condition, inputs, key);
    case 3: {
      const time = parseTime(condition.value);
      return time !== undefined && (condition.isMore ? at >= time : at <= time);
    }
    case 4:
      return compares(condition, inputs.cushionPercent);
    case 5:
      return inputs.executions.some(
        ({ contract }) => contract.symbol === condition.symbol && contract.secType === condition.secType,
      );
    case 6:
      return compares(condition, market.quote(condition.conId, at)?.volume);
    case 7: {
      const quote = market.quote(condition.conId, at);
      const price = quote?.last ?? midOf(quote);
      return compares(condition, quote?.close && price !== undefined ? (price / quote.close - 1) * 100 : undefined);
    }
    default:
      return false;
  }
}

function compares(condition: OrderCondition, value: number | undefined): boolean {
  const limit = Number(condition.value);
  if (value === undefined || condition.value === '' || !Number.isFinite(limit)) return false;
  return condition.isMore ? value >= limit : value <= limit;
}

function priceReached(condition: OrderCondition, { market, at, sightings }: ConditionInputs, key: string): boolean {
  const { conId, triggerMethod, isMore } = condition;
  const quote = market.quote(conId, at);
  const price = Number(condition.value);
  if (!quote || condition.value === '' || !Number.isFinite(price)) return false;
  const method = methodOf(triggerMethod, market.contract(conId)?.secType === 'OPT');
  return reaches({ method, side: isMore ? 1 : -1, price }, quote, sightings, key);
}

function midOf(quote: GatewayQuote | undefined): number | undefined {
  return quote?.bid === undefined || quote.ask === undefined ? undefined : (quote.bid + quote.ask) / 2;
}
