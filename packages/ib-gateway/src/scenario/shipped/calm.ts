import type { ScenarioInput } from '../schema.js';

/** Nothing happens except the passing of time: the ordinary path of a position. */
export const calm: ScenarioInput = {
  about: 'ordinary market, implied volatility at rank 60: an iron condor decays',
  start: '2026-03-02T10:00',
  market: {},
};
