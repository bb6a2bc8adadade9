/** The faults of quotes, history, contract details and their farms. */
import { z } from 'zod';
import { HISTORY_FARM, QUOTE_FARMS } from './farms.js';

const ms = z.number().int().min(1);
const off = z.boolean().default(false);

export const dataFaults = [
  z
    .strictObject({
      kind: z.literal('marketData'),
      state: z.enum(['live', 'delayed', 'frozen', 'competing', 'noApi', 'none']),
    })
    .describe(
      'quotes are live, delayed (354 or 10167), frozen, taken by a competing session (10197; ticks come back by themselves), not subscribed for the API (10089; delayed ticks for those who accept them), or not subscribed (354)',
    ),
  z
    .strictObject({
      kind: z.literal('refuseLines'),
      code: z.literal([101, 354, 10168, 10186, 10189, 10197]).default(354),
      /** This many requests; without n and ms until called with off. */
      n: z.number().int().min(1).optional(),
      ms: ms.optional(),
      running: z.boolean().default(false),
      off,
    })
    .describe(
      'requested lines are refused with this error: the next n, those of the next ms, or all until called with off; with running the existing lines too. A refused line is gone, except that after 10197 it has ticks when the refusal is over',
    ),
  z
    .strictObject({
      kind: z.literal('partialData'),
      code: z.literal([10090, 10091]).default(10090),
      greeks: z.boolean().default(false),
      off,
    })
    .describe(
      'until called with off, requested lines get this advisory and their ticks, but generic ticks and the model computation only with greeks',
    ),
  z
    .strictObject({
      kind: z.literal('farm'),
      farm: z.enum([...QUOTE_FARMS, HISTORY_FARM]),
      ms: ms.default(5_000),
      stalls: z.boolean().default(false),
    })
    .describe(
      'one data farm is down for ms: 2103, 2119, 2104 with its name (`ushmds`: 2105, 2106). Only its lines are quiet, and charts kept up to date end with 10182. With stalls its lines stay quiet until they are requested again',
    ),
  z
    .strictObject({
      kind: z.literal('serverReset'),
      ms: ms.default(420_000),
      everyMs: ms.min(1_000).default(30_000),
      farmMs: ms.default(2_000),
      dataLost: z.boolean().default(false),
      stalls: z.boolean().default(false),
    })
    .describe(
      "the nightly reset of the broker's servers while clients stay connected: 1100 every everyMs; after ms 2103 of every farm and 1102 (1101 when data was lost); then 2104 of one farm after another, farmMs apart. With stalls lines stay quiet until they are requested again",
    ),
  z
    .strictObject({ kind: z.literal('adviseHistory'), n: z.number().int().min(1).default(1) })
    .describe('the next n requests for historical bars get 2188 and their bars'),
  z
    .strictObject({
      kind: z.literal('throttleDetails'),
      burst: z.number().int().min(0).default(10),
      everyMs: ms.default(1_000),
      off,
    })
    .describe(
      'contract details are answered late until called with off: for each client burst requests at once, then one every everyMs, none later than a minute',
    ),
] as const;
