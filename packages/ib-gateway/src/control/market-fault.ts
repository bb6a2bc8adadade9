/**
 * Spoiled quotes as a fault. Contracts are named as a person would, so that a scenario needs no contract ids.
 */
import { z } from 'zod';
import type { GatewayMarket } from '../model.js';
import type { MarketChange } from './market-change.js';

export const marketFaultSchema = z
  .strictObject({
    kind: z.literal('spoilQuote'),
    /** An absent field matches anything; without any option field it means the underlying. */
    contract: z.strictObject({
      conId: z.number().int().positive().optional(),
      symbol: z.string().optional(),
      secType: z.enum(['STK', 'IND', 'OPT', 'FUT']).optional(),
      expiry: z
        .string()
        .regex(/^\d{8}$/)
        .optional(),
      strike: z.number().positive().optional(),
      right: z.enum(['C', 'P']).optional(),
    }),
    show: z.enum(['stale', 'noBid', 'noAsk', 'bad']),
    /** Duration, market ms. */
    ms: z.number().int().positive(),
    bid: z.number().optional(),
    ask: z.number().optional(),
  })
  .describe('the quotes of contracts are stale, lack a side, or show the given bid and ask');

export type MarketFault = z.infer<typeof marketFaultSchema>;

/** The single quotes that a fault changes. Throws an Error when it names no listed contract. */
export function marketChanges(market: GatewayMarket, fault: MarketFault, now: number): readonly MarketChange[] {
  const { contract, show, ms, bid, ask } = fault;
  const wanted = Object.entries(contract).filter(([, value]) => value !== undefined);
  const found = market.find(Object.fromEntries(wanted), now);
  if (found.length === 0) throw new Error('spoilQuote: there is nothing it could happen to');
  return found.map(({ conId }) => ({
    ...{ kind: 'quote', conId, fault: show, ms },
    ...(bid === undefined ? {} : { bid }),
    ...(ask === undefined ? {} : { ask }),
  }));
}
