/**
 * Requests for historical data.
 */
import { DateTime } from 'luxon';
import type { GatewayBar, GatewayContract } from '../model.js';
import type { Values } from '../protocol/index.js';
import { flagOf, numberOr, textOf } from '../protocol/values.js';
import { HISTORICAL_DATA_END } from '../protocol/versions.js';
import { GATEWAY_ZONE, parseTime, utcTime, zonedTime } from '../times.js';
import { farmOf, HISTORY_FARM } from './farms.js';
import { oneContract } from './one-contract.js';
import { type ClientPort, duplicateId, invalidRequest, NO_HISTORY } from './port.js';
import { daysOf, sendSchedule } from './schedule.js';

/** How often a chart that is kept up to date is refreshed, ms of market time. */
const UPDATE_INTERVAL_MS = 5_000;
/** IB's limit of open historical requests. */
const MOST_CHARTS = 50;
/** Units of a duration by their letters. */
const UNITS: Readonly<Record<string, 'seconds' | 'days' | 'weeks' | 'months' | 'years'>> = {
  ...{ S: 'seconds', D: 'days', W: 'weeks', M: 'months', Y: 'years' },
};
/** The farm of history is down: the request is kept, and answered when the farm is back. */
const NOT_CONNECTED = [
  165,
  'Historical Market Data Service query message:HMDS connection attempt failed.  Connection will be re-attempted...',
] as const;
const DISCONNECTED = [10182, 'Failed to request live updates (disconnected).'] as const;
const NOT_UP_TO_DATE = [
  2188,
  'Up-to-the-second historical data requires additional subscription for the API.',
] as const;

interface Chart {
  readonly reqId: number;
  readonly contract: GatewayContract;
  readonly last: () => GatewayBar | undefined;
  /** The time of a bar as the request wants it. */
  readonly time: (bar: GatewayBar) => string;
  sent: string;
  lookedAt: number;
}

/** The historical data of one client: answers, and charts kept up to date. */
export class HistoryFeeds {
  readonly #client: ClientPort;
  readonly #charts = new Map<number, Chart>();
  /** Requests that wait for the farm, by id. */
  readonly #waiting = new Map<number, Values>();

  constructor(client: ClientPort) {
    this.#client = client;
  }

  request(values: Values): void {
    const reqId = numberOr(values, 'reqId');
    const contract = oneContract(this.#client, values);
    if (!contract) return;
    if (this.#charts.has(reqId) || this.#waiting.has(reqId)) {
      this.#client.error(reqId, ...duplicateId('ID for API historical data query'));
      return;
    }
    if (!this.#client.farms.flows(HISTORY_FARM)) {
      this.#waiting.set(reqId, values);
      this.#client.error(reqId, ...NOT_CONNECTED);
      return;
    }
    const endText = textOf(values, 'endDateTime');
    const end = endText === '' ? this.#client.clock.now() : parseTime(endText);
    const keepUpToDate = flagOf(values, 'keepUpToDate');
    if (end === undefined || (keepUpToDate && endText !== '')) {
      this.#client.error(reqId, ...invalidRequest(`Invalid end date '${endText}'`));
      return;
    }
    if (textOf(values, 'whatToShow').toUpperCase() === 'SCHEDULE') {
      this.#schedule(contract, values, end);
      return;
    }
    if (keepUpToDate && this.#charts.size >= MOST_CHARTS) {
      this.#client.error(reqId, ...invalidRequest('Too many charts are kept up to date'));
      return;
    }
    const bars = this.#bars(contract, values, end);
    if (!bars || bars.length === 0) {
      this.#client.error(reqId, ...NO_HISTORY);
      return;
    }
    const rows = bars.map((bar) => ({ ...bar, time: timeIn(values, bar) }));
    if (this.#client.faults.data.nextIsAdvised()) this.#client.error(reqId, ...NOT_UP_TO_DATE);
    const span = { start: zonedTime(startOf(end, textOf(values, 'duration'))), end: zonedTime(end) };
    const endsApart = this.#client.serverVersion >= HISTORICAL_DATA_END;
    this.#client.send('HISTORICAL_DATA', { reqId, ...(endsApart ? {} : span), bars: rows });
    if (endsApart) this.#client.send('HISTORICAL_DATA_END', { reqId, ...span });
    if (keepUpToDate) this.#keep(reqId, contract, values);
  }

  cancel(reqId: number): void {
    // Clients that clean up cancel answered requests as a matter of course; IB reports 162 only for a running one.
    this.#charts.delete(reqId);
    this.#waiting.delete(reqId);
  }

  /** A farm went down or came back: charts end when it goes down, waiting requests are answered when it comes back. */
  farmsChanged(): void {
    const { farms } = this.#client;
    for (const { reqId, contract } of this.#charts.values()) {
      if (farms.flows(HISTORY_FARM) && farms.flows(farmOf(contract))) continue;
      this.#charts.delete(reqId);
      this.#client.error(reqId, ...DISCONNECTED);
    }
    if (!farms.flows(HISTORY_FARM)) return;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const values of waiting) this.request(values);
  }

  headTimestamp(values: Values): void {
    const reqId = numberOr(values, 'reqId');
    const contract = oneContract(this.#client, values);
    if (!contract) return;
    const first = this.#client.market.headTimestamp(contract.conId);
    if (first === undefined) {
      this.#client.error(reqId, ...NO_HISTORY);
      return;
    }
    const timestamp = numberOr(values, 'formatDate', 1) === 2 ? String(Math.floor(first / 1_000)) : utcTime(first);
    this.#client.send('HEAD_TIMESTAMP', { reqId, timestamp });
  }

  pump(): void {
    const now = this.#client.clock.now();
    for (const chart of this.#charts.values()) {
      if (now - chart.lookedAt < UPDATE_INTERVAL_MS) continue;
      chart.lookedAt = now;
      const bar = chart.last();
      const form = JSON.stringify(bar);
      if (!bar || form === chart.sent) continue;
      chart.sent = form;
      this.#client.send('HISTORICAL_DATA_UPDATE', { reqId: chart.reqId, ...bar, time: chart.time(bar) });
    }
  }

  #keep(reqId: number, contract: GatewayContract, values: Values): void {
    const last = (): GatewayBar | undefined => this.#bars(contract, values, this.#client.clock.now())?.at(-1);
    const time = (bar: GatewayBar): string => timeIn(values, bar);
    this.#charts.set(reqId, {
      reqId,
      contract,
      last,
      time,
      sent: JSON.stringify(last()),
      lookedAt: this.#client.clock.now(),
    });
  }

  #bars(contract: GatewayContract, values: Values, end: number): readonly GatewayBar[] | undefined {
    return this.#client.market.bars(contract.conId, {
      end,
      duration: textOf(values, 'duration'),
      barSize: textOf(values, 'barSize'),
      what: textOf(values, 'whatToShow').toUpperCase(),
      useRth: flagOf(values, 'useRth'),
      formatDate: numberOr(values, 'formatDate', 1),
    });
  }

  /** The schedule is per day; a duration in seconds has none. */
  #schedule(contract: GatewayContract, values: Values, end: number): void {
    const reqId = numberOr(values, 'reqId');
    const days = daysOf(textOf(values, 'duration'));
    const sent = days !== undefined && sendSchedule(this.#client, reqId, contract, days, end, flagOf(values, 'useRth'));
    if (!sent) this.#client.error(reqId, ...NO_HISTORY);
  }
}

/** The start of a request's time: a duration, `5 D`, before its end, on the calendar of New York. */
function startOf(end: number, duration: string): number {
  const [, count, letter = ''] = /^(\d+)\s*([SDWMY])$/.exec(duration.trim().toUpperCase()) ?? [];
  const unit = UNITS[letter];
  if (unit === undefined) return end;
  return DateTime.fromMillis(end, { zone: GATEWAY_ZONE })
    .minus({ [unit]: Number(count) })
    .toMillis();
}

const EPOCH_FORMAT = 2;

/** Epoch seconds when a request wants them, else New York time; the day of a daily bar in either case. */
function timeIn(values: Values, bar: GatewayBar): string {
  return numberOr(values, 'formatDate', 1) === EPOCH_FORMAT ? bar.time : barTime(bar);
}

function barTime({ time }: GatewayBar): string {
  return time.length > 8 && /^\d+$/.test(time) ? zonedTime(Number(time) * 1_000) : time;
}
