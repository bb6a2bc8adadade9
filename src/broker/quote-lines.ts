/**
 * The market data lines of the process: opened at the broker, fed by its ticks, reopened after a reconnect, and requested again
 * while they are refused (quote-recovery.ts). An unused line stays open for a while, so that its price is there at once when needed
 * again; it is closed when lines run out.
 */
import type { SecType } from '@stoqey/ib';
import { ibCode, type LineAnswer } from '../domain/ib-codes.js';
import type { Log } from '../domain/log.js';
import type { LineContract } from './api.js';
import type { Connection } from './connection.js';
import { QuoteLine } from './quote-line.js';
import { byDanger, QuoteRecovery } from './quote-recovery.js';
import { listenToTicks } from './quote-ticks.js';
import { requestIds } from './request-ids.js';
import type { SessionPart } from './session-part.js';

const WARM_MS = 30_000;
/** Lines reserved from subscriptions. */
const RESERVED = 12;
/** The gateway's link to the broker, as the cause of missing data. */
const LINK = 'the link to the broker was lost';
const ALL: readonly LineContract['secType'][] = ['OPT', 'STK', 'IND'];

export class QuoteLines implements SessionPart {
  private readonly lines = new Map<number, QuoteLine>();
  private readonly byRequest = new Map<number, QuoteLine>();
  private readonly recovery: QuoteRecovery;
  private connection: Connection | undefined;
  private closed = false;

  constructor(
    private readonly limit: number,
    private readonly changed: (line: QuoteLine) => void,
    private readonly log: Log,
  ) {
    this.recovery = new QuoteRecovery((line) => this.reopen(line, 'background'), log);
  }

  get(conId: number): QuoteLine | undefined {
    return this.lines.get(conId);
  }

  /** Lines that could be opened now, counting the unused ones that would be closed. */
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
    const limit = use === 'snapshot' ? this.limit : this.limit - Math.min(RESERVED, Math.floor(this.limit / 5));
    const isUsed = known !== undefined && known.users > 0;
    // An unused line is as good as none: using it takes a line.
    if (use === 'subscription' && !isUsed && this.limit - this.free >= limit) return undefined;
    if (known !== undefined) {
      clearTimeout(known.expiry);
      known.users += 1;
      known.usedFor(contract);
      return known;
    }
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
    // A refused line too: repeated requests for its price must not reach the broker each time.
    line.expiry = setTimeout(() => this.close(line), WARM_MS);
  }

  attach({ adapter }: Connection): void {
    listenToTicks(adapter, (reqId, apply) => {
      const line = this.byRequest.get(reqId);
      if (line === undefined) return;
      const troubled = line.trouble !== undefined;
      line.taken = true;
      if (!apply(line)) return;
      if (troubled && line.trouble === undefined) this.recovery.heard(line);
      this.changed(line);
    });
    adapter.on('marketDataType', (reqId, type) => this.byRequest.get(reqId)?.dataType(type));
    adapter.on('error', (error, code, id) => {
      const line = this.byRequest.get(id);
      if (line !== undefined) this.said(line, code, error.message);
    });
  }

  /** Requests a line's quote again, keeping its known data. Recovery requests a line that shows nothing. */
  refresh(line: QuoteLine): void {
    if (line.trouble === undefined) this.reopen(line, 'request');
  }

  ready(connection: Connection): void {
    this.connection = connection;
    for (const line of byDanger(this.lines.values())) this.open(line, connection);
  }

  /** The source of some lines went away, with `cause` as a sentence: they show nothing until they tick or are reopened. */
  linesBroken(connection: Connection, cause: string, feeds: readonly LineContract['secType'][]): void {
    if (this.connection !== connection) return;
    if (cause === LINK) this.recovery.pause();
    for (const line of this.lines.values()) {
      if (line.trouble !== undefined || !feeds.includes(line.contract.secType)) continue;
      line.fail(cause, false);
      this.recovery.add(line, cause);
      this.changed(line);
    }
  }

  /** The link is back; streams may have ended silently. */
  linesBack(connection: Connection, cause: string, feeds: readonly LineContract['secType'][]): void {
    if (this.connection !== connection) return;
    // Requests made meanwhile may have been lost.
    for (const line of byDanger(this.lines.values())) {
      if (line.silent && line.trouble === undefined && feeds.includes(line.contract.secType))
        this.reopen(line, 'background');
    }
    if (cause === LINK) this.recovery.resume();
    else this.recovery.back(cause);
  }

  linkLost(connection: Connection): void {
    this.linesBroken(connection, LINK, ALL);
  }

  linkBack(connection: Connection): void {
    this.linesBack(connection, LINK, ALL);
  }

  linesLost(connection: Connection): void {
    if (this.connection !== connection) return;
    this.byRequest.clear();
    this.recovery.clear();
    for (const line of byDanger(this.lines.values())) {
      this.forget(line);
      this.open(line, connection, 'background');
    }
  }

  /** How often the trouble of a line was found to last, for `isRefused`. */
  refusalsOf(line: QuoteLine): number {
    return this.recovery.refusalsOf(line) ?? -1;
  }

  /** Whether the broker refused it since `refusalsOf` returned `before`, or for good: waiting for a quote is useless. */
  isRefused(line: QuoteLine, before: number): boolean {
    return line.refused && (this.recovery.refusalsOf(line) ?? Number.POSITIVE_INFINITY) > before;
  }

  /** A stepped clock has moved: wall time does not count. */
  stepped(): void {
    this.recovery.step();
  }

  ended(): void {
    this.connection = undefined;
    this.byRequest.clear();
    this.recovery.clear();
    for (const line of this.lines.values()) this.forget(line);
  }

  closeAll(): void {
    this.closed = true;
    for (const line of this.lines.values()) clearTimeout(line.expiry);
    this.recovery.clear();
    this.lines.clear();
  }

  private forget(line: QuoteLine): void {
    line.forget();
    line.reqId = undefined;
    this.changed(line);
  }

  private said(line: QuoteLine, code: number, text: string): void {
    const answer = ibCode(code)?.line;
    if (answer === undefined) return;
    if (answer === 'delayed') line.delayed();
    else this.refused(line, answer, code, text);
    this.changed(line);
  }

  private refused(line: QuoteLine, answer: LineAnswer, code: number, text: string): void {
    const { conId, secType } = line.contract;
    const trouble = `${text} (${code})`;
    if (line.trouble !== trouble) this.log('warn', 'the broker gives no quote', { conId, code, text });
    line.fail(trouble, true);
    if (answer === 'final') this.recovery.remove(line);
    // IB does not say which farm feeds a line: all lines of one kind of contract count as fed by one farm, and each underlying is tried.
    else this.recovery.add(line, `${code} ${secType}`);
    // Unused lines make room.
    if (answer === 'full') this.evict();
  }

  /** Reopens a line in its turn: the old request is cancelled and the new one sent at the same moment. */
  private reopen(line: QuoteLine, lane: 'request' | 'background'): void {
    const { connection } = this;
    if (connection === undefined || line.queued || line.reqId === undefined) return;
    line.queued = true;
    connection.turn(() => {
      const { reqId } = line;
      if (!line.queued || reqId === undefined || this.byRequest.get(reqId) !== line) return;
      line.queued = false;
      line.askedAgain = true;
      this.byRequest.delete(reqId);
      // A request that was refused at once no longer exists.
      if (line.taken || !line.refused) connection.writeNow((api) => api.cancelMktData(reqId));
      line.taken = false;
      this.request(line, connection);
    }, lane);
  }

  private open(line: QuoteLine, connection: Connection, lane: 'request' | 'background' = 'request'): void {
    const reqId = requestIds.next();
    line.reqId = reqId;
    this.byRequest.set(reqId, line);
    connection.turn(() => {
      // It was closed while it queued.
      if (this.byRequest.get(reqId) === line) this.request(line, connection, reqId);
    }, lane);
  }

  private request(line: QuoteLine, connection: Connection, reqId = requestIds.next()): void {
    line.reqId = reqId;
    this.byRequest.set(reqId, line);
    const { conId, exchange, secType } = line.contract;
    const contract = { conId, exchange, secType: secType as SecType, currency: 'USD' };
    connection.write((api) => api.reqMktData(reqId, contract, line.genericTicks, false, false));
  }

  private close(line: QuoteLine): void {
    clearTimeout(line.expiry);
    this.recovery.remove(line);
    this.lines.delete(line.contract.conId);
    const { reqId } = line;
    line.reqId = undefined;
    line.queued = false;
    if (reqId === undefined) return;
    this.byRequest.delete(reqId);
    if (line.refused && !line.taken) return;
    this.connection?.turn(() => this.connection?.write((api) => api.cancelMktData(reqId)));
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
