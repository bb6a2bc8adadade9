/** The order activities over the parts of one broker session. */
import type { OrderActivities } from '../../contract/activities.js';
import type { BrokerParts } from '../parts.js';
import { cancelOrder } from './cancel.js';
import { placeOrder } from './place.js';
import { prepareOrder } from './prepare.js';
import { repriceOrder } from './reprice.js';
import { resolveOrder } from './resolve.js';

export function createOrderActivities(parts: BrokerParts): OrderActivities {
  const { deps, tracker, calendar, waits } = parts;
  return {
    prepareOrder: (spec) => prepareOrder(deps, calendar, spec),
    placeOrder: ({ orderRef, by, overrideHalt }) => placeOrder(parts, orderRef, { by, overrideHalt }),
    resolveOrder: ({ orderRef }) => resolveOrder(deps, tracker, orderRef),
    repriceOrder: (input) => repriceOrder(deps, tracker, input),
    cancelOrder: ({ orderRef, reason }) => cancelOrder(deps, tracker, orderRef, reason),
    endWait: async ({ positionId, reason }) => waits.end(positionId, reason),
  };
}
