/**
 * Prices move: the ends of a condor that the underlying brings. Unless said otherwise, a SPY condor 45 days out, entered at the
 * start.
 */
import type { ScenarioInput } from '../schema.js';

const START = '2026-03-02T10:00';

/** Randomness is so small that the script decides, whatever the seed. */
const QUIET = { ivRank: 60, realizedRatio: 0.1, volOfVol: 0.05, gapShare: 0 } as const;

export const catastropheDrop: ScenarioInput = {
  about: 'catastrophe_3pct_drop: prices fall 4.5 % within half an hour on the second day',
  start: START,
  market: { ...QUIET, events: [{ kind: 'jump', at: '+1 11:00', size: -0.045, overMinutes: 30, ivFactor: 1.15 }] },
};

export const catastropheRise: ScenarioInput = {
  about: 'catastrophe_3pct_rise: prices rise 3.6 % within half an hour on the second day',
  start: START,
  market: { ...QUIET, events: [{ kind: 'jump', at: '+1 11:00', size: 0.036, overMinutes: 30, ivFactor: 0.97 }] },
};

export const stopLoss: ScenarioInput = {
  about: 'stop_loss_hard: prices rise by a seventh over two weeks, never much on one day, past the calls of the condor',
  start: START,
  market: { ...QUIET, events: [{ kind: 'drift', from: '+1 10:00', to: '+11 16:00', move: 0.15, ivFactor: 1 }] },
};

export const singleLeg: ScenarioInput = {
  about: 'single_leg_sl, for one long call bought at IV rank 18: prices sink 5 % over three days',
  start: START,
  market: {
    ...QUIET,
    iv30: 0.15,
    ivRank: 18,
    events: [{ kind: 'drift', from: '+0 11:00', to: '+3 11:00', move: -0.05, ivFactor: 1.08 }],
  },
};

export const deltaDrift: ScenarioInput = {
  about: 'delta_risk_portfolio: prices creep up between the calls of the condor and volatility dries up there',
  start: START,
  market: {
    ...QUIET,
    iv30: 0.14,
    events: [
      { kind: 'drift', from: '+0 12:00', to: '+4 12:00', move: 0.05, ivFactor: 0.95 },
      { kind: 'iv', at: '+5 10:00', factor: 0.55, overMinutes: 14_400 },
    ],
  },
};

export const crash: ScenarioInput = {
  about:
    'three days of crash from the second day on: 15 % down, volatility threefold, wide spreads, a halt, margins raised',
  start: START,
  market: {
    ...QUIET,
    realizedRatio: 0.8,
    events: [
      { kind: 'drift', from: '+1 10:00', to: '+1 16:00', move: -0.04 },
      { kind: 'jump', at: '+2 09:30', size: -0.05, ivFactor: 1.35 },
      { kind: 'halt', from: '+2 09:45', to: '+2 10:00' },
      { kind: 'drift', from: '+2 10:00', to: '+3 12:00', move: -0.07, ivFactor: 1.4 },
      { kind: 'drift', from: '+3 12:00', to: '+4 16:00', move: 0.03, ivFactor: 0.85 },
      { kind: 'spread', from: '+1 12:00', to: '+4 16:00', factor: 3 },
      { kind: 'spread', from: '+2 09:30', to: '+2 11:00', factor: 2.5 },
    ],
  },
  exchange: {
    margin: { liquidateEveryMinutes: 15 },
    events: [{ kind: 'margin', at: '+2 11:00', factor: 1.5 }],
  },
};
