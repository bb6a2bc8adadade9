/** The order activities over the parts of one broker session. */
import type { OrderActivities } from '../../contract/activities.js';
import type { PositionWaits } from '../context/waits.js';
import { type AdjustParts, adjustProtection } from './adjust-protection.js';
import { placeBracketOrder, planBracket } from './bracket.js';
import { type CancelDeps, cancelOrder } from './cancel.js';
import { cancelByUser } from './cancel-by-user.js';
import { exerciseLeg } from './exercise.js';
import { type PlaceParts, placeOrder } from './place.js';
import { prepareOrder } from './prepare.js';
import { resolveOrder } from './resolve-unknown.js';
import type { OrderTracker } from './tracker.js';
import { type RepriceParts, repriceOrder } from './walk-reprice.js';

export interface OrderParts extends PlaceParts, AdjustParts {
  readonly deps: PlaceParts['deps'] & AdjustParts['deps'] & RepriceParts['deps'] & CancelDeps;
  readonly tracker: OrderTracker;
  readonly waits: PositionWaits;
}

export function createOrderActivities(parts: OrderParts): OrderActivities {
  const { deps, tracker, calendar, waits } = parts;
  return {
    prepareOrder: (spec) => prepareOrder(deps, calendar, spec),
    placeOrder: ({ orderRef, by, overrideHalt }) => placeOrder(parts, orderRef, { by, overrideHalt }),
    exerciseLeg: (input) => exerciseLeg(parts, input),
    planBracket: ({ orderRef }) => planBracket(parts, orderRef),
    placeBracketOrder: ({ by, overrideHalt, ...family }) => placeBracketOrder(parts, family, { by, overrideHalt }),
    resolveOrder: ({ orderRef }) => resolveOrder(deps, tracker, orderRef),
    repriceOrder: (input) => repriceOrder(parts, input),
    cancelOrder: ({ orderRef, reason }) => cancelOrder(deps, tracker, orderRef, reason),
    adjustProtection: (input) => adjustProtection(parts, input),
    cancelByUser: (input) => cancelByUser(deps, tracker, input),
    endWait: async ({ positionId, reason }) => waits.end(positionId, reason),
  };
}
