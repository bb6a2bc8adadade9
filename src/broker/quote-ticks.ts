/** Translates the client library's tick events for a line. */
import type { Adapter } from './adapter.js';
import type { QuoteLine } from './quote-line.js';

/** Message and tick types as they are on the wire. */
const TICK_PRICE = '1';
const BID = '1';
const BID_SIZE = 0;

/** The receiver of ticks: `apply` says whether a tick meant anything. */
export type TakeTick = (reqId: number, apply: (line: QuoteLine) => boolean) => void;

export function listenToTicks(adapter: Adapter, tick: TakeTick): void {
  // The library drops the size that comes with a bid price: it takes the number of that tick type, 0, for "none".
  adapter.on('received', ([message, , reqId, type, , size]) => {
    if (message === TICK_PRICE && type === BID) tick(Number(reqId), (line) => line.size(BID_SIZE, Number(size) || 0));
  });
  adapter.on('tickPrice', (reqId, type, price) => tick(reqId, (line) => line.price(type, price)));
  adapter.on('tickSize', (reqId, type, size) => tick(reqId, (line) => line.size(type, size)));
  adapter.on('tickGeneric', (reqId, type, value) => tick(reqId, (line) => line.generic(type, value)));
  adapter.on('tickString', (reqId, type, text) => tick(reqId, (line) => line.text(type, text)));
  adapter.on('tickOptionComputation', (reqId, type, _attribute, impliedVol, delta, _price, _dividend, ...rest) => {
    const [gamma, vega, theta] = rest;
    tick(reqId, (line) => line.computation(type, { impliedVol, delta, gamma, vega, theta }));
  });
}
