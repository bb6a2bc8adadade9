/** The simulated IB Gateway: one call starts it. */
export { type Comparison, compareCapture, type Difference } from './compare/index.js';
export { type AnyFaultInput as FaultInput, anyFaultSchema, listFaults } from './control/any-fault.js';
export type { MarketChange } from './control/market-change.js';
export type { ExchangeState } from './exchange/index.js';
export { startGateway } from './gateway.js';
export type { JournalEntry } from './journal.js';
export type { GatewayContract, GatewayExecution, GatewayMarket, GatewayPosition } from './model.js';
export type { GatewayHandle, GatewayOptions } from './options.js';
export { listScenarios, parseScenario, type Scenario, type ScenarioInput } from './scenario/index.js';
export type { GatewayState } from './state.js';
