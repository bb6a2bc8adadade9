/** Everything the worker's bundle offers. */

export { entryWorkflow } from './entry.js';
export { exitWorkflow } from './exit.js';
export {
  cancelOrderWorkflow,
  closeAllWorkflow,
  dryRunWorkflow,
  monitorWorkflow,
  reconcileWorkflow,
  settleWorkflow,
  signalWorkflow,
} from './portfolio.js';
export { positionWorkflow } from './position.js';
