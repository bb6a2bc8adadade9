/**
 * One market-data line: its messages to a client, and the last values sent.
 */
import type { Values } from '../protocol/index.js';
import type { LineSource } from './line-source.js';
import { type LineAccess, partialNotice } from './market-access.js';
import type { ClientPort } from './port.js';
import { delayedTick, requestedTicks, SIZE_TYPE, type Tick, ticksOf, tickTime } from './quote-ticks.js';

/** Lag of delayed quotes, market ms. */
const DELAY_MS = 900_000;
const LIVE_TYPE = 1;
const FROZEN_TYPE = 2;
const DELAYED_TYPE = 3;
const DELAYED_FROZEN_TYPE = 4;

/** Tick types of trades and of the model's computation. */
const LAST = 4;
const VOLUME = 8;
const COMPUTATION = 13;

export interface Line extends LineSource {
  readonly reqId: number;
  readonly generics: ReadonlySet<number>;
  /** `mdoff`: nothing but the ticks requested besides the quote. */
  readonly bare: boolean;
  /** Count of the farms' outages when the line was requested. */
  readonly madeAt: number;
  /** A snapshot: ends when its ticks were sent, or at this time without them, epoch ms. */
  readonly snapshotEnds?: number;
  /** Last values sent, by tick type. */
  readonly sent: Map<number, Values>;
  access: LineAccess;
  /** It got 10197, and resumes when the competing session has ended. */
  held: boolean;
  /** Its client knows its data type. */
  announced: boolean;
  /** Only a part of its ticks is sent. */
  partial: boolean;
}

/** Whether quotes reach the line now. */
export function isFed({ farms }: ClientPort, line: Line): boolean {
  return line.access !== 'none' && farms.flows(line.farm, line.madeAt);
}

/** Sends the data type of the line: before its first tick, and when it has changed. */
export function announce(client: ClientPort, line: Line, dataType: number): void {
  const { reqId } = line;
  if (!line.bare) client.send('MARKET_DATA_TYPE', { reqId, marketDataType: typeNow(client, line, dataType) });
  if (line.announced || line.bare) return;
  line.announced = true;
  client.send('TICK_REQ_PARAMS', { reqId, minTick: line.minTick, bboExchange: '9c0001', snapshotPermissions: 3 });
  const { partial } = client.faults.data;
  if (!partial) return;
  line.partial = !partial.greeks;
  client.error(reqId, ...partialNotice(partial.code, line.contract));
}

function typeNow({ market, clock }: ClientPort, line: Line, dataType: number): number {
  if (line.access === 'delayed') return DELAYED_TYPE;
  if (line.access === 'frozen') return FROZEN_TYPE;
  const open = line.contract === undefined || market.isOpen(line.contract.conId, clock.now());
  return !open && (dataType === FROZEN_TYPE || dataType === DELAYED_FROZEN_TYPE) ? FROZEN_TYPE : LIVE_TYPE;
}

/** Sends the changes of a line with a source, as of a time. */
export function sendChanges(client: ClientPort, line: Line, now: number): void {
  const delayed = line.access === 'delayed';
  const standing = line.access === 'frozen' ? client.faults.data.since : now;
  const at = standing - (delayed ? DELAY_MS : 0);
  let traded = false;
  for (const plain of ticksAt(line, at)) {
    const sent = sendTick(client, line, delayed ? delayedTick(plain) : plain);
    traded ||= sent && (plain.tickType === LAST || plain.tickType === VOLUME);
  }
  if (traded) sendTick(client, line, delayed ? delayedTick(tickTime(at)) : tickTime(at));
}

function ticksAt(line: Line, at: number): readonly Tick[] {
  const quote = line.quote(at);
  if (!quote) return [];
  if (line.partial) return ticksOf(quote, line.contract, new Set()).filter(({ tickType }) => tickType !== COMPUTATION);
  const ticks = line.bare
    ? requestedTicks(quote, line.contract, line.generics)
    : ticksOf(quote, line.contract, line.generics);
  return [...ticks, ...line.more(at)];
}

/** Sends a tick with a new value; false when the value was already sent. */
function sendTick(client: ClientPort, line: Line, tick: Tick): boolean {
  const before = line.sent.get(tick.tickType);
  if (before && same(before, tick.values)) return false;
  line.sent.set(tick.tickType, tick.values);
  const sizeType = SIZE_TYPE[tick.tickType];
  const { reqId } = line;
  if (before && tick.message === 'TICK_PRICE' && before.price === tick.values.price && sizeType !== undefined)
    client.send('TICK_SIZE', { reqId, tickType: sizeType, size: tick.values.size });
  else client.send(tick.message, { reqId, ...tick.values });
  return true;
}

function same(left: Values, right: Values): boolean {
  for (const name in right) if (left[name] !== right[name]) return false;
  return true;
}
