/** Time passes: the ends of a SPY condor, 45 days out and entered at the start, without any alarm. */
import type { ScenarioInput } from '../schema.js';

const START = '2026-03-02T10:00';

/** Randomness is so small that the script decides, whatever the seed. */
const QUIET = { ivRank: 60, realizedRatio: 0.1, volOfVol: 0.05, gapShare: 0 } as const;

export const takeProfit: ScenarioInput = {
  about: 'take_profit_partial, then take_profit_full: volatility sinks by a quarter in the first week, prices stay',
  start: START,
  market: { ...QUIET, events: [{ kind: 'iv', at: '+0 12:00', factor: 0.74, overMinutes: 8640 }] },
};

export const trailingStop: ScenarioInput = {
  about: 'trailing_stop: 45 % of the credit are earned in a week, then prices rise towards the calls and take it back',
  start: START,
  market: {
    ...QUIET,
    events: [
      { kind: 'iv', at: '+0 12:00', factor: 0.85, overMinutes: 8640 },
      { kind: 'drift', from: '+7 10:00', to: '+12 16:00', move: 0.05, ivFactor: 1 },
    ],
  },
};

export const dteRoll: ScenarioInput = {
  about: 'dte_roll: prices lean on the calls, so that little is earned until 21 days are left',
  start: START,
  market: { ...QUIET, events: [{ kind: 'drift', from: '+1 10:00', to: '+6 16:00', move: 0.04, ivFactor: 1 }] },
};
