/**
 * The simulated IB Gateway: one call starts it. Knows nothing of the rest of Legwork.
 */
export { type Comparison, compareCapture, type Difference } from './compare/index.js';
export type { AnyFaultInput as FaultInput } from './control/any-fault.js';
export { listFaults } from './control/any-fault.js';
export type { MarketChange } from './control/market-change.js';
export { startGateway } from './gateway.js';
export type { GatewayHandle, GatewayOptions, JournalEntry } from './options.js';
export { listScenarios } from './scenario/index.js';
