/** The scenarios that come with the gateway, by name. */
import type { ScenarioInput } from '../schema.js';
import { calm } from './calm.js';
import { demo } from './demo.js';

export const SHIPPED: ReadonlyMap<string, ScenarioInput> = new Map([
  ['calm', calm],
  ['demo', demo],
]);
