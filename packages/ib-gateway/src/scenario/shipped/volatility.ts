/** Volatility moves: the ends that it brings to a short SPY condor, 45 days out and entered at the start. */
import type { ScenarioInput } from '../schema.js';

const START = '2026-03-02T10:00';

/** Randomness is so small that the script decides, whatever the seed. */
const QUIET = { ivRank: 60, realizedRatio: 0.1, volOfVol: 0.05, gapShare: 0 } as const;

export const ivSpike: ScenarioInput = {
  about: 'catastrophe_iv_spike: implied volatility of SPY jumps by 60 % on the second day while VIX stays',
  start: START,
  market: { ...QUIET, events: [{ kind: 'iv', at: '+1 11:00', symbols: ['SPY'], factor: 1.6, overMinutes: 10 }] },
};

export const vixSpike: ScenarioInput = {
  about: 'vix_change: VIX rises more than 5 points over an afternoon and stays under 35',
  start: START,
  market: { ...QUIET, events: [{ kind: 'iv', at: '+1 13:00', factor: 1.35, overMinutes: 120 }] },
};

export const vixLevel: ScenarioInput = {
  about: 'vix_level: VIX comes from 32 and passes 35 before it has risen 5 points',
  start: START,
  market: { ...QUIET, iv30: 0.29, events: [{ kind: 'iv', at: '+1 13:00', factor: 1.13, overMinutes: 120 }] },
};

export const ivCrush: ScenarioInput = {
  about:
    'iv_crush: volatility falls by more than 30 % in two hours, after prices have come so near that the profit is small',
  start: START,
  market: {
    ...QUIET,
    events: [
      { kind: 'drift', from: '+0 11:00', to: '+3 11:00', move: 0.02, ivFactor: 1 },
      { kind: 'iv', at: '+3 13:00', factor: 0.65, overMinutes: 120 },
    ],
  },
};

export const ivPercentile: ScenarioInput = {
  about: 'iv_percentile_exit: volatility of a quiet year sinks by a quarter to the low end of its range',
  start: START,
  market: {
    ...QUIET,
    ivRank: 55,
    ivRange: 1.7,
    events: [{ kind: 'iv', at: '+1 11:00', factor: 0.76, overMinutes: 2880 }],
  },
};

export const openChaos: ScenarioInput = {
  about: 'three mornings on which spreads stay five to twenty times as wide for a quarter of an hour and prices jump',
  start: START,
  market: {
    // The first five minutes of any open are this wide; here the next ten are as well.
    events: ['+1', '+2', '+3'].flatMap((day, index) => [
      { kind: 'jump', at: `${day} 09:31`, size: index === 1 ? 0.012 : -0.012, overMinutes: 4 } as const,
      { kind: 'spread', from: `${day} 09:33`, to: `${day} 09:36`, factor: 2.5 } as const,
      { kind: 'spread', from: `${day} 09:36`, to: `${day} 09:45`, factor: 10 } as const,
    ]),
  },
};

export const earningsCrush: ScenarioInput = {
  about:
    'META reports on the evening of the fourth day: options price in 8 %, the price moves 2 %, volatility collapses',
  start: START,
  market: {
    ...QUIET,
    events: [{ kind: 'earnings', at: '+3 16:05', symbol: 'META', expectedMove: 0.08, move: 0.02 }],
  },
};
