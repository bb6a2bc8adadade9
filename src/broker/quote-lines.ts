/**
 * The market data lines of the process: opened at the broker, fed by its ticks, opened again after a reconnect. A line
 * nobody uses stays open for a while, so that a price asked for again is there at once; it gives way when lines run out.
 */
import type { IBApi, SecType } from '@stoqey/ib';
import { type Connection, nextRequestId } from './connection.js';
import type { Log } from './log.js';
import { type LineContract, QuoteLine } from './quote-line.js';
import type { SessionPart } from './session-part.js';

const WARM_MS = 30_000;
/** Lines that subscriptions do not take. */
const RESERVED = 12;
/** Answers after which a line will bring nothing. */
const REFUSALS: ReadonlySet<number> = new Set([101, 200, 321, 354, 10089, 10168, 10186, 10189, 10197]);
const DELAYED = 10167;
/** Message and tick types as they are on the wire. */
const TICK_PRICE = '1';
const BID = '1';
const BID_SIZE = 0;

export class QuoteLines implements SessionPart {
  private readonly lines = new Map<number, QuoteLine>();
  private readonly byRequest = new Map<number, QuoteLine>();
  private connection: Connection | undefined;
  private closed = false;

  constructor(
    private readonly limit: number,
    private readonly changed: (line: QuoteLine) => void,
    private readonly log: Log,
  ) {}

  get(conId: number): QuoteLine | undefined {
    return this.lines.get(conId);
  }

  /** Lines that could be opened now, counting the unused ones that would give way. */
  get free(): number {
    let used = 0;
    for (const line of this.lines.values()) if (line.users > 0) used += 1;
    return this.limit - used;
  }

  /**
   * Takes a line for a user; undefined when no line is left. Subscriptions leave some for snapshots: an order must be priced
   * however much is watched.
   */
  take(contract: LineContract, use: 'subscription' | 'snapshot'): QuoteLine | undefined {
    const known = this.lines.get(contract.conId);
    if (known !== undefined) {
      clearTimeout(known.expiry);
      known.users += 1;
      return known;
    }
    const limit = use === 'snapshot' ? this.limit : this.limit - Math.min(RESERVED, Math.floor(this.limit / 5));
    if (use === 'subscription' && this.limit - this.free >= limit) return undefined;
    if (this.lines.size >= this.limit && !this.evict()) return undefined;
    const line = new QuoteLine(contract);
    line.users = 1;
    this.lines.set(contract.conId, line);
    if (this.connection !== undefined) this.open(line, this.connection);
    return line;
  }

  release(line: QuoteLine): void {
    line.users -= 1;
    if (line.users > 0 || this.closed) return;
    if (line.refused) this.close(line);
    else line.expiry = setTimeout(() => this.close(line), WARM_MS);
  }

  attach({ adapter }: Connection): void {
    const tick = (reqId: number, apply: (line: QuoteLine) => boolean): void => {
      const line = this.byRequest.get(reqId);
      if (line !== undefined && apply(line)) this.changed(line);
    };
    // The library drops the size that comes with a bid price: it takes the number of that tick type, 0, for "none".
    adapter.on('received', ([message, , reqId, type, , size]) => {
      if (message === TICK_PRICE && type === BID) tick(Number(reqId), (line) => line.size(BID_SIZE, Number(size) || 0));
    });
    adapter.on('tickPrice', (reqId, type, price) => tick(reqId, (line) => line.price(type, price)));
    adapter.on('tickSize', (reqId, type, size) => tick(reqId, (line) => line.size(type, size)));
    adapter.on('tickGeneric', (reqId, type, value) => tick(reqId, (line) => line.generic(type, value)));
    adapter.on('tickOptionComputation', (reqId, type, _attribute, impliedVol, delta, _price, _dividend, ...rest) => {
      const [gamma, vega, theta] = rest;
      tick(reqId, (line) => line.computation(type, { impliedVol, delta, gamma, vega, theta }));
    });
    adapter.on('marketDataType', (reqId, type) => this.byRequest.get(reqId)?.dataType(type));
    adapter.on('error', (error, code, id) => {
      const line = this.byRequest.get(id);
      if (line !== undefined) this.said(line, code, error.message);
    });
  }

  /** Asks anew for a line's quote, keeping what is known of it. */
  reopen(line: QuoteLine): void {
    const { connection } = this;
    if (connection === undefined || line.reqId === undefined) return;
    const { reqId } = line;
    this.byRequest.delete(reqId);
    connection.send((api) => {
      api.cancelMktData(reqId);
    });
    this.open(line, connection);
  }

  /** A farm was away and is back: streams may have died silently. */
  linesDoubtful(connection: Connection): void {
    if (this.connection !== connection) return;
    for (const line of this.lines.values()) this.reopen(line);
  }

  ready(connection: Connection): void {
    this.connection = connection;
    for (const line of this.lines.values()) this.open(line, connection);
  }

  linesLost(connection: Connection): void {
    if (this.connection !== connection) return;
    this.byRequest.clear();
    for (const line of this.lines.values()) {
      this.forget(line);
      this.open(line, connection);
    }
  }

  ended(): void {
    this.connection = undefined;
    this.byRequest.clear();
    for (const line of this.lines.values()) this.forget(line);
  }

  closeAll(): void {
    this.closed = true;
    for (const line of this.lines.values()) clearTimeout(line.expiry);
    this.lines.clear();
  }

  private forget(line: QuoteLine): void {
    line.forget();
    line.reqId = undefined;
    this.changed(line);
  }

  private said(line: QuoteLine, code: number, text: string): void {
    if (code === DELAYED) line.delayed();
    else if (REFUSALS.has(code)) {
      line.refused = true;
      this.log('warn', 'the broker gives no quote', { conId: line.contract.conId, code, text });
    } else return;
    this.changed(line);
  }

  private open(line: QuoteLine, connection: Connection): void {
    const reqId = nextRequestId();
    line.reqId = reqId;
    this.byRequest.set(reqId, line);
    const { conId, exchange, secType } = line.contract;
    const contract = { conId, exchange, secType: secType as SecType, currency: 'USD' };
    const call = (api: IBApi) => api.reqMktData(reqId, contract, line.genericTicks, false, false);
    connection.send((api) => {
      // Closed again while it queued.
      if (this.byRequest.get(reqId) === line) call(api);
    });
  }

  private close(line: QuoteLine): void {
    clearTimeout(line.expiry);
    this.lines.delete(line.contract.conId);
    const { reqId } = line;
    if (reqId === undefined) return;
    this.byRequest.delete(reqId);
    this.connection?.send((api) => {
      api.cancelMktData(reqId);
    });
  }

  /** Closes the unused line that was opened first. */
  private evict(): boolean {
    for (const line of this.lines.values()) {
      if (line.users > 0) continue;
      this.close(line);
      return true;
    }
    return false;
  }
}
