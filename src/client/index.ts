/**
 * The typed client of Legwork, with the types of its answers and rows.
 *
 * @example
 * ```ts
 * import { connectClient } from 'legwork';
 *
 * const client = connectClient();
 * const closing = await client.close('spy-ic-20260302-a1b2c3');
 * const answer = await closing.wait({ timeoutMs: 60_000 });
 * await client.disconnect();
 * ```
 */

export { readStackFile, type StackFile, stackFolder } from '../config/stack-file.js';
export type { EntryResult, Pricing } from '../contract/requests.js';
export { entryWorkflowId } from '../contract/workflow-ids.js';
export { orderRefOf, orderRefPrefix, parseOrderRef } from '../domain/ids.js';
export { MICROS_PER_DOLLAR } from '../domain/money.js';
export type { Fill } from '../domain/order/fill.js';
export type { EntryMode, OnPartial } from '../domain/order/legs.js';
export { isProtective } from '../domain/order/protection.js';
export type { LegTerms } from '../domain/strategy/build.js';
export { PROTECTIVE_KINDS, type ProtectionChoice } from '../domain/strategy/protection-choice.js';
export type { AlertRow, DecisionRow, EntryRow, IntentRow, Leases, PositionRow, Store } from '../store/api.js';
export {
  connectClient,
  type EntryOptions,
  type ExitOptions,
  LegworkClient,
  type PendingRequest,
  type ReconcileResult,
} from './client.js';
export { type EndpointOptions, type Endpoints, resolveEndpoints } from './endpoints.js';
export { cancelOrder, closePosition, placeBracketOrder, placeOrder, rollPosition } from './order-engine.js';
export { statusOfCancel, statusOfDryRun, statusOfEntry, statusOfExit } from './outcome.js';
export type { Follow, Waited } from './waiting.js';
