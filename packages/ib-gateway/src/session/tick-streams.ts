/**
 * One client's streams of single ticks and of five-second bars.
 *
 * Tick-by-tick data is not offered for options (error 10189), and a client may have five streams: five per cent of a
 * hundred market-data lines, as at IB.
 */
import type { GatewayBar, GatewayContract } from '../model.js';
import type { Values } from '../protocol/index.js';
import { flagOf, numberOr, textOf } from '../protocol/values.js';
import { farmOf } from './farms.js';
import { sendTicks } from './historical-ticks.js';
import { COMPETING } from './line-refusals.js';
import { accessOf } from './market-access.js';
import { oneContract } from './one-contract.js';
import { type ClientPort, invalidRequest } from './port.js';
import { type TickKind, tickForm, ticksBefore } from './second-ticks.js';

/** Streams know no delayed data. */
const LIVE = 1;
const BAR_MS = 5_000;
/** Most bars sent at once when market time has jumped. */
const MOST_BARS = 60;
const MOST_TICK_STREAMS = 5;
const MOST_BAR_STREAMS = 50;
const MOST_PAST_TICKS = 1_000;
const BAR_KINDS: readonly string[] = ['TRADES', 'MIDPOINT', 'BID', 'ASK'];

const KINDS: ReadonlyMap<string, { readonly type: number; readonly kind: TickKind }> = new Map([
  ['Last', { type: 1, kind: 'last' }],
  ['AllLast', { type: 2, kind: 'last' }],
  ['BidAsk', { type: 3, kind: 'bidAsk' }],
  ['MidPoint', { type: 4, kind: 'midpoint' }],
]);

interface Stream {
  readonly reqId: number;
  readonly contract: GatewayContract;
  /** Count of the farms' outages when it was requested. */
  readonly madeAt: number;
}

interface TickStream extends Stream {
  readonly type: number;
  readonly kind: TickKind;
  readonly ignoreSize: boolean;
  sent: string | undefined;
}

interface BarStream extends Stream {
  readonly what: string;
  readonly useRth: boolean;
  /** Start of the first bar that was not sent, epoch ms. */
  next: number;
}

export class TickStreams {
  readonly #client: ClientPort;
  readonly #ticks = new Map<number, TickStream>();
  readonly #bars = new Map<number, BarStream>();

  constructor(client: ClientPort) {
    this.#client = client;
  }

  /** Sends the events since the last time. */
  pump(): void {
    for (const stream of this.#ticks.values()) if (this.#isFed(stream)) this.#sendTick(stream);
    for (const stream of this.#bars.values()) if (this.#isFed(stream)) this.#sendBars(stream);
  }

  /** Drops every stream silently. */
  clear(): void {
    this.#ticks.clear();
    this.#bars.clear();
  }

  requestTicks(values: Values): void {
    const reqId = numberOr(values, 'reqId');
    const kind = KINDS.get(textOf(values, 'tickKind'));
    const past = numberOr(values, 'numberOfTicks');
    if (!kind || past < 0 || past > MOST_PAST_TICKS) {
      this.#client.error(reqId, ...invalidRequest('Invalid tick-by-tick request'));
      return;
    }
    const contract = oneContract(this.#client, values);
    if (!contract) return;
    const full = this.#ticks.size >= MOST_TICK_STREAMS && !this.#ticks.has(reqId);
    if (contract.secType === 'OPT' || full) {
      const reason = full ? 'Max number of tick-by-tick requests has been reached.' : 'No market data permissions.';
      if (full) this.#client.error(reqId, 10190, reason);
      else this.#client.error(reqId, 10189, `Failed to request tick-by-tick data.${reason}`);
      return;
    }
    const { refusals } = this.#client.faults.data;
    const refusal = refusals.next(this.#client.clock.now()) ?? this.#refused();
    if (refusal) {
      this.#client.error(reqId, ...refusal);
      return;
    }
    const ignoreSize = flagOf(values, 'ignoreSize');
    const { count: madeAt } = this.#client.farms;
    const stream: TickStream = { reqId, contract, madeAt, ...kind, ignoreSize, sent: undefined };
    this.#ticks.set(reqId, stream);
    if (past > 0) this.#sendPast(stream, past);
    if (this.#isFed(stream)) this.#sendTick(stream);
  }

  cancelTicks(reqId: number): void {
    this.#ticks.delete(reqId);
  }

  requestBars(values: Values): void {
    const reqId = numberOr(values, 'reqId');
    const what = textOf(values, 'whatToShow').toUpperCase();
    if (!BAR_KINDS.includes(what) || (this.#bars.size >= MOST_BAR_STREAMS && !this.#bars.has(reqId))) {
      this.#client.error(reqId, ...invalidRequest(`Real-time bars of '${what.slice(0, 40)}' are not available`));
      return;
    }
    const contract = oneContract(this.#client, values);
    if (!contract) return;
    const next = Math.floor(this.#client.clock.now() / BAR_MS) * BAR_MS;
    const { count: madeAt } = this.#client.farms;
    this.#bars.set(reqId, { reqId, contract, madeAt, what, useRth: flagOf(values, 'useRth'), next });
  }

  cancelBars(reqId: number): void {
    if (!this.#bars.delete(reqId)) this.#client.error(reqId, 300, `Can't find EId with tickerId:${reqId}`);
  }

  /** Why there are no streams: quotes are not live, or another session has them. */
  #refused(): readonly [number, string] | undefined {
    const { state } = this.#client.faults.data;
    if (accessOf(state, LIVE) !== 'none') return undefined;
    if (state === 'competing') return COMPETING;
    return [10189, 'Failed to request tick-by-tick data.No market data permissions.'];
  }

  #isFed({ contract, madeAt }: Stream): boolean {
    const { farms, faults } = this.#client;
    return accessOf(faults.data.state, LIVE) !== 'none' && farms.flows(farmOf(contract), madeAt);
  }

  #sendPast(stream: TickStream, count: number): void {
    const { market, clock } = this.#client;
    const { reqId, contract, kind, ignoreSize } = stream;
    const now = clock.now();
    const search = { market, conId: contract.conId, kind, ignoreSize, useRth: false, count, now };
    sendTicks(this.#client, reqId, kind, ticksBefore(search, now), contract.exchange);
  }

  #sendTick(stream: TickStream): void {
    const { market, clock } = this.#client;
    const now = clock.now();
    const { reqId, contract, type, kind } = stream;
    const quote = market.isOpen(contract.conId, now) ? market.quote(contract.conId, now) : undefined;
    const form = quote && tickForm(quote, kind, stream.ignoreSize);
    if (!quote || form === undefined || form === stream.sent) return;
    stream.sent = form;
    const { bid, ask, bidSize, askSize, last, lastSize } = quote;
    this.#client.send('TICK_BY_TICK', {
      ...{ reqId, tickType: type, time: String(Math.floor(now / 1_000)), attributes: 0 },
      ...(kind === 'last' && { price: last, size: lastSize ?? 0, exchange: contract.exchange, conditions: '' }),
      ...(kind === 'bidAsk' && { bid, ask, bidSize, askSize }),
      ...(kind === 'midpoint' && { midpoint: ((bid ?? 0) + (ask ?? 0)) / 2 }),
    });
  }

  #sendBars(stream: BarStream): void {
    const end = Math.floor(this.#client.clock.now() / BAR_MS) * BAR_MS;
    const { reqId, contract } = stream;
    const count = Math.min(MOST_BARS, (end - stream.next) / BAR_MS);
    if (count < 1) return;
    const request = {
      ...{ end, duration: `${(count * BAR_MS) / 1_000} S`, barSize: '5 secs', what: stream.what },
      ...{ useRth: stream.useRth, formatDate: 2 },
    };
    for (const bar of this.#client.market.bars(contract.conId, request) ?? []) {
      if (Number(bar.time) * 1_000 >= stream.next) this.#client.send('REAL_TIME_BARS', { reqId, ...barValues(bar) });
    }
    stream.next = end;
  }
}

function barValues(bar: GatewayBar): Values {
  return { ...bar, time: Number(bar.time) };
}
