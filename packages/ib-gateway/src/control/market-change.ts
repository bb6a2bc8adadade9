/**
 * Changes of the running market, as the control interface takes them.
 */
import { z } from 'zod';
import type { GatewayMarket } from '../model.js';

export const marketChangeSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('shock'),
      /** A symbol, or `*` for every underlying of the stock market. */
      symbol: z.string().min(1),
      spotFactor: z.number().positive().max(10).optional(),
      /** Added to implied volatility, 0.05 = five points. */
      ivAdd: z.number().min(-2).max(5).optional(),
    })
    .describe('prices are multiplied and implied volatility shifted from now on'),
  z
    .strictObject({
      kind: z.literal('quote'),
      conId: z.number().int(),
      fault: z.enum(['stale', 'noBid', 'noAsk', 'bad']),
      /** Duration, market ms. */
      ms: z.number().int().positive(),
      bid: z.number().optional(),
      ask: z.number().optional(),
    })
    .describe('one contract shows a wrong, missing or stale quote for some time'),
]);

export type MarketChange = z.infer<typeof marketChangeSchema>;

/** Applies a change from `now` (epoch ms) on. Throws an Error when this market cannot be changed. */
export function applyMarketChange(market: GatewayMarket, change: MarketChange, now: number): void {
  if (change.kind === 'shock') {
    if (!market.override) throw new Error('this market cannot be changed');
    const { symbol, spotFactor, ivAdd } = change;
    market.override({
      symbol,
      from: now,
      ...(spotFactor === undefined ? {} : { spotFactor }),
      ...(ivAdd === undefined ? {} : { ivAdd }),
    });
    return;
  }
  if (!market.quoteFault) throw new Error('this market has no quote faults');
  const { conId, fault, ms, bid, ask } = change;
  market.quoteFault({
    conId,
    kind: fault,
    from: now,
    to: now + ms,
    ...(bid === undefined ? {} : { bid }),
    ...(ask === undefined ? {} : { ask }),
  });
}
