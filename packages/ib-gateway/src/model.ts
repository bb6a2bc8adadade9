/**
 * The interfaces between the parts of the simulated gateway: contracts, quotes, orders, executions.
 *
 * The market makes contracts and quotes, the exchange orders, executions and the account, the session layer turns both
 * into TWS messages. Nothing here knows about sockets or message numbers.
 *
 * Units: prices are plain numbers in dollars, already rounded to 1e-6; times are epoch milliseconds of the gateway's
 * clock; sizes are contracts (options) or shares (stock).
 */
export type * from './model/clock.js';
export type * from './model/contracts.js';
export type * from './model/exchange.js';
export type * from './model/market.js';
export type * from './model/orders.js';
export type * from './model/quotes.js';
