/** All workflows of the worker's bundle. */

export { cancelOrderWorkflow } from './cancel-order.js';
export { closeAllWorkflow } from './close-all.js';
export { dryRunWorkflow } from './dry-run.js';
export { entryWorkflow } from './entry.js';
export { exerciseWorkflow } from './exercise.js';
export { exitWorkflow } from './exit.js';
export { monitorWorkflow } from './monitor.js';
export { positionWorkflow } from './position.js';
export { reconcileWorkflow } from './reconcile.js';
export { settleWorkflow } from './settle.js';
export { signalWorkflow } from './signal.js';
