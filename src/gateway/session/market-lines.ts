/**
 * The market-data lines of one client: what is subscribed, and what was last sent on each.
 */
import type { Values } from '../protocol/index.js';
import { flagOf, numberOr, textOf } from '../protocol/values.js';
import { genericProblem, genericsOf } from './generic-ticks.js';
import { type LineSource, lineSource } from './line-source.js';
import { accessOf, type LineAccess, refusalOf } from './market-access.js';
import { type ClientPort, invalidRequest, NO_DEFINITION } from './port.js';
import { delayedTick, SIZE_TYPE, type Tick, ticksOf, tickTime } from './quote-ticks.js';

/** The lines of all clients together; IB counts them per user. */
export interface LineBudget {
  used: number;
  readonly limit: number;
}

/** How far delayed quotes lag behind, market ms. */
const DELAY_MS = 900_000;
const FROZEN_TYPE = 2;
const DELAYED_TYPE = 3;

/** Tick types of trades. */
const LAST = 4;
const VOLUME = 8;

interface Line extends LineSource {
  readonly reqId: number;
  readonly generics: ReadonlySet<number>;
  /** Last values sent, by tick type. */
  readonly sent: Map<number, Values>;
  access: LineAccess;
}

export class MarketLines {
  readonly #client: ClientPort;
  readonly #budget: LineBudget;
  readonly #lines = new Map<number, Line>();
  /** What the client asked for: 1 live, 2 frozen, 3 delayed, 4 delayed-frozen. Where live data is there, 3 gets it. */
  dataType = 1;

  constructor(client: ClientPort, budget: LineBudget) {
    this.#client = client;
    this.#budget = budget;
  }

  subscribe(values: Values): void {
    const reqId = numberOr(values, 'reqId');
    const snapshot = flagOf(values, 'snapshot') || flagOf(values, 'regulatorySnapshot');
    const problem = this.#problem(values, reqId, snapshot);
    if (problem) {
      this.#client.error(reqId, ...problem);
      return;
    }
    const source = lineSource(this.#client, values);
    if (!source) {
      this.#client.error(reqId, ...NO_DEFINITION);
      return;
    }
    const access = accessOf(this.#client.faults.marketData, this.dataType);
    const line: Line = {
      reqId,
      ...source,
      generics: genericsOf(textOf(values, 'genericTicks')),
      sent: new Map(),
      access,
    };
    const refusal = refusalOf(this.#client.faults.marketData, access, this.dataType);
    if (refusal) this.#client.error(reqId, ...refusal);
    if (access === 'none') return;
    this.#client.send('MARKET_DATA_TYPE', { reqId, marketDataType: this.#typeNow(line) });
    this.#client.send('TICK_REQ_PARAMS', {
      reqId,
      minTick: line.minTick,
      bboExchange: '9c0001',
      snapshotPermissions: 3,
    });
    this.#sendChanges(line);
    if (snapshot) {
      this.#client.send('TICK_SNAPSHOT_END', { reqId });
      return;
    }
    this.#lines.set(reqId, line);
    this.#budget.used += 1;
  }

  cancel(reqId: number): void {
    if (this.#lines.delete(reqId)) this.#budget.used -= 1;
    else this.#client.error(reqId, 300, `Can't find EId with tickerId:${reqId}`);
  }

  /** Forgets every line without a word: the connection ended, or the data farm lost the subscriptions (1101). */
  clear(): void {
    this.#budget.used -= this.#lines.size;
    this.#lines.clear();
  }

  /** Quotes became live, delayed or unavailable: every line is told, and goes on with what it still gets. */
  stateChanged(): void {
    const state = this.#client.faults.marketData;
    for (const line of this.#lines.values()) {
      const access = accessOf(state, this.dataType);
      if (access === line.access) continue;
      line.access = access;
      line.sent.clear();
      const refusal = refusalOf(state, access, this.dataType);
      if (refusal) this.#client.error(line.reqId, ...refusal);
      if (access === 'none') continue;
      this.#client.send('MARKET_DATA_TYPE', { reqId: line.reqId, marketDataType: this.#typeNow(line) });
    }
  }

  /** Quotes every line again as of a time, and sends what changed. */
  pump(now = this.#client.clock.now()): void {
    for (const line of this.#lines.values()) this.#sendChanges(line, now);
  }

  #problem(values: Values, reqId: number, snapshot: boolean): readonly [number, string] | undefined {
    if (this.#lines.has(reqId)) return [102, 'Duplicate ticker ID'];
    if (snapshot && textOf(values, 'genericTicks') !== '')
      return invalidRequest('Snapshot market data subscription is not applicable to generic ticks');
    const generics = genericProblem(genericsOf(textOf(values, 'genericTicks')));
    if (generics) return generics;
    if (!snapshot && this.#budget.used >= this.#budget.limit) return [101, 'Max number of tickers has been reached'];
    return undefined;
  }

  #typeNow(line: Line): number {
    if (line.access === 'delayed') return DELAYED_TYPE;
    if (line.access === 'frozen') return FROZEN_TYPE;
    const { market, clock } = this.#client;
    const open = line.contract === undefined || market.isOpen(line.contract.conId, clock.now());
    return !open && (this.dataType === FROZEN_TYPE || this.dataType === 4) ? FROZEN_TYPE : 1;
  }

  #sendChanges(line: Line, now = this.#client.clock.now()): void {
    if (line.access === 'none') return;
    const delayed = line.access === 'delayed';
    const standing = line.access === 'frozen' ? this.#client.faults.marketDataSince : now;
    const at = standing - (delayed ? DELAY_MS : 0);
    const quote = line.quote(at);
    if (!quote) return;
    let traded = false;
    const ticks = ticksOf(quote, line.contract, line.generics);
    ticks.push(...line.more(at));
    for (const plain of ticks) {
      const sent = this.#sendTick(line, delayed ? delayedTick(plain) : plain);
      traded ||= sent && (plain.tickType === LAST || plain.tickType === VOLUME);
    }
    if (traded) this.#sendTick(line, delayed ? delayedTick(tickTime(at)) : tickTime(at));
  }

  /** Sends a tick that says something new; false when it says what was sent before. */
  #sendTick(line: Line, tick: Tick): boolean {
    const before = line.sent.get(tick.tickType);
    if (before && same(before, tick.values)) return false;
    line.sent.set(tick.tickType, tick.values);
    const sizeType = SIZE_TYPE[tick.tickType];
    const { reqId } = line;
    if (before && tick.message === 'TICK_PRICE' && before.price === tick.values.price && sizeType !== undefined)
      this.#client.send('TICK_SIZE', { reqId, tickType: sizeType, size: tick.values.size });
    else this.#client.send(tick.message, { reqId, ...tick.values });
    return true;
  }
}

function same(left: Values, right: Values): boolean {
  for (const name in right) if (left[name] !== right[name]) return false;
  return true;
}
