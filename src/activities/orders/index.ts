/** The order activities over the parts of one broker session. */
import type { OrderActivities } from '../../contract/activities.js';
import type { BrokerParts } from '../parts.js';
import { adjustResting } from './adjust.js';
import { placeBracketOrder, planBracket } from './bracket.js';
import { cancelOrder } from './cancel.js';
import { placeOrder } from './place.js';
import { prepareOrder } from './prepare.js';
import { repriceOrder } from './reprice.js';
import { resolveOrder } from './resolve.js';
import { withdrawOrder } from './withdraw.js';

export function createOrderActivities(parts: BrokerParts): OrderActivities {
  const { deps, tracker, calendar, waits } = parts;
  return {
    prepareOrder: (spec) => prepareOrder(deps, calendar, spec),
    placeOrder: ({ orderRef, by, overrideHalt }) => placeOrder(parts, orderRef, { by, overrideHalt }),
    planBracket: ({ orderRef }) => planBracket(parts, orderRef),
    placeBracketOrder: ({ by, overrideHalt, ...family }) => placeBracketOrder(parts, family, { by, overrideHalt }),
    resolveOrder: ({ orderRef }) => resolveOrder(deps, tracker, orderRef),
    repriceOrder: (input) => repriceOrder(parts, input),
    cancelOrder: ({ orderRef, reason }) => cancelOrder(deps, tracker, orderRef, reason),
    adjustResting: (input) => adjustResting(parts, input),
    withdrawOrder: (input) => withdrawOrder(deps, tracker, input),
    endWait: async ({ positionId, reason }) => waits.end(positionId, reason),
  };
}
