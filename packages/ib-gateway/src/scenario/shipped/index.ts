/** The scenarios that come with the gateway, by name. */
import type { ScenarioInput } from '../schema.js';
import { calm } from './calm.js';
import { demo } from './demo.js';
import { assignment, dividend, gammaPin, timeExit } from './expiry.js';
import { catastropheDrop, catastropheRise, crash, deltaDrift, singleLeg, stopLoss } from './moves.js';
import { dteRoll, takeProfit, trailingStop } from './ordinary.js';
import { earningsCrush, ivCrush, ivPercentile, ivSpike, openChaos, vixLevel, vixSpike } from './volatility.js';

export const SHIPPED: ReadonlyMap<string, ScenarioInput> = new Map([
  ['calm', calm],
  ['demo', demo],
  ['take-profit', takeProfit],
  ['trailing-stop', trailingStop],
  ['dte-roll', dteRoll],
  ['catastrophe-drop', catastropheDrop],
  ['catastrophe-rise', catastropheRise],
  ['stop-loss', stopLoss],
  ['single-leg', singleLeg],
  ['delta-drift', deltaDrift],
  ['iv-spike', ivSpike],
  ['vix-spike', vixSpike],
  ['vix-level', vixLevel],
  ['iv-crush', ivCrush],
  ['iv-percentile', ivPercentile],
  ['gamma-pin', gammaPin],
  ['time-exit', timeExit],
  ['assignment', assignment],
  ['dividend', dividend],
  ['earnings-crush', earningsCrush],
  ['open-chaos', openChaos],
  ['crash', crash],
]);
