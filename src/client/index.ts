/** The typed client of Legwork. */

export { readStackFile, type StackFile, stackFolder } from '../config/stack-file.js';
export {
  connectClient,
  type EntryAsk,
  type ExitAsk,
  LegworkClient,
  type ReconcileResult,
  type Under,
} from './client.js';
export { cancelOrder, closePosition, placeBracketOrder, placeOrder, rollPosition } from './order-engine.js';
export { statusOfCancel, statusOfDryRun, statusOfEntry, statusOfExit } from './outcome.js';
export { resolveTarget, type Target, type TargetOptions } from './target.js';
export type { Follow, Waited } from './waiting.js';
