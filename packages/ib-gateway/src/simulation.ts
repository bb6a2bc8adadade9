/** The basis of the simulation, for tests that compute the expected events: the market of a seed, and the rule of fills. */
export { applyMarketChange, type MarketChange } from './control/market-change.js';
export { edgeOf, type FillChances, restingChance } from './exchange/matching.js';
export { netQuote } from './exchange/net-quote.js';
export { type OrderRecord, sideSign } from './exchange/order-record.js';
export { payoffBounds } from './exchange/payoff.js';
export { createMarket } from './market/index.js';
export { parseTime, zonedTime } from './times.js';
