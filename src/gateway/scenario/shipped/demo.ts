import type { ScenarioInput } from '../schema.js';

/** A quiet life for a condor: volatility falls from a high rank, orders fill in parts, and a profit rule ends it. */
export const demo: ScenarioInput = {
  about: 'volatility comes down from rank 70 over three weeks; orders fill in two parts',
  start: '2026-03-02T10:00',
  market: {
    ivRank: 70,
    realizedRatio: 0.55,
    events: [{ kind: 'iv', at: '+4 11:00', factor: 0.8, overMinutes: 2400 }],
  },
  exchange: {
    fills: { partial: [{ fraction: 0.5 }, { fraction: 1, afterSeconds: 12 }] },
  },
};
