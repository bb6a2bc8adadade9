import type { ScenarioInput } from '../schema.js';

/**
 * A quiet life for a condor of the usual deltas, 45 days out: half of the profit is reached after one or two weeks, four
 * fifths after about three, before the last 21 days begin. Volatility falls by less than the 30 % that count as a crush.
 */
export const demo: ScenarioInput = {
  about: 'volatility comes down from rank 70 over two weeks, prices hardly move, orders fill in two parts',
  start: '2026-03-02T10:00',
  market: {
    ivRank: 70,
    realizedRatio: 0.13,
    volOfVol: 0.06,
    gapShare: 0,
    events: [
      { kind: 'iv', at: '+0 12:00', factor: 0.725, overMinutes: 20_160 },
      // The short put is the farther strike; a price that drifts down a little by chance returns to the middle.
      { kind: 'drift', from: '+2 10:00', to: '+18 10:00', move: 0.008, ivFactor: 1 },
    ],
  },
  exchange: {
    fills: { partial: [{ fraction: 0.5 }, { fraction: 1, afterSeconds: 12 }] },
  },
};
