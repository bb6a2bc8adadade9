/** A world in which nothing happens to a position but what a test asks for. */
import { WILLING } from './life.js';
import { STILL } from './market.js';
import { noRules } from './rules.js';
import { startWorld, type World } from './world.js';

/** Nothing moves, no rule is on, and every order fills at mid; `orders` are its settings of working orders. */
export function startStillWorld(orders: object = {}): Promise<World> {
  return startWorld({
    seed: 5,
    speed: 5,
    scenario: { ...WILLING, market: STILL },
    settings: { rules: noRules(), orders },
  });
}
