/** Expiration, exercise and dividends: what ends a position that is held to the last days. */
import type { ScenarioInput } from '../schema.js';

const START = '2026-03-02T10:00';

/** Randomness is so small that the script decides, whatever the seed. */
const QUIET = { ivRank: 60, realizedRatio: 0.1, volOfVol: 0.05, gapShare: 0 } as const;

export const gammaPin: ScenarioInput = {
  about:
    'gamma_risk, for a SPY condor 11 days out that is not rolled: prices creep up to the short call in its last days',
  start: START,
  market: {
    ...QUIET,
    iv30: 0.21,
    events: [{ kind: 'drift', from: '+0 12:00', to: '+6 12:00', move: 0.025, ivFactor: 0.95 }],
  },
};

export const timeExit: ScenarioInput = {
  about: 'time_exit, for a META condor 11 days out that is not rolled: neither won nor lost on the eve of its last day',
  start: START,
  market: {
    ...QUIET,
    volOfVol: 0,
    underlyings: { META: { iv30: 0.6 } },
    events: [{ kind: 'drift', from: '+0 12:00', to: '+8 10:00', symbols: ['META'], move: 0.08, ivFactor: 1 }],
  },
};

export const assignment: ScenarioInput = {
  about:
    'assignment_risk: the short calls are in the money on the eve of a dividend, and worth more exercised than held',
  start: START,
  market: {
    ...QUIET,
    iv30: 0.14,
    dividends: false,
    events: [
      { kind: 'drift', from: '+0 12:00', to: '+8 16:00', move: 0.055, ivFactor: 0.8 },
      { kind: 'dividend', symbol: 'SPY', exDate: '+10 09:30', amount: 5 },
    ],
  },
};

export const dividend: ScenarioInput = {
  about:
    'SPY goes ex on the fourth day: owners of calls that are worth less than the dividend exercise the night before',
  start: START,
  market: { ...QUIET, dividends: false, events: [{ kind: 'dividend', symbol: 'SPY', exDate: '+3 09:30', amount: 2 }] },
};
