/** Everything the worker's bundle offers. */

export { entryWorkflow } from './entry.js';
export { exitWorkflow } from './exit.js';
export {
  cancelOrderWorkflow,
  closeAllWorkflow,
  dryRunWorkflow,
  exerciseWorkflow,
  monitorWorkflow,
  reconcileWorkflow,
  settleWorkflow,
  signalWorkflow,
} from './portfolio.js';
export { positionWorkflow } from './position.js';
