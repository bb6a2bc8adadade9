/** A world in which only a test changes a position. */
import { WILLING } from './life.js';
import { STILL } from './market.js';
import { noRules } from './rules.js';
import { startWorld, type World } from './world.js';

/**
 * Nothing moves, no rule is on, and every order fills at mid; `orders` are its settings of working orders, `speed` is in market
 * seconds per wall second.
 */
export function startStillWorld(orders: object = {}, speed = 5): Promise<World> {
  return startWorld({
    seed: 5,
    speed,
    scenario: { ...WILLING, market: STILL },
    settings: { rules: noRules(), orders },
  });
}
