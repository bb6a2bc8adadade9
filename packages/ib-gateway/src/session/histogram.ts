/**
 * Traded volume by price over some days: the volume of five-minute bars, each at its average price.
 */
import type { Values } from '../protocol/index.js';
import { flagOf, numberOr, textOf } from '../protocol/values.js';
import { oneContract } from './one-contract.js';
import { type ClientPort, invalidRequest, NO_HISTORY } from './port.js';

const UNITS: Readonly<Record<string, string>> = { day: 'D', week: 'W', month: 'M', year: 'Y' };
const LONGEST: Readonly<Record<string, number>> = { D: 60, W: 8, M: 2, Y: 0 };

/** `1 week`, `3 days` as a duration of bars; undefined for another text or one longer than two months. */
function durationOf(period: string): string | undefined {
  const match = /^(\d{1,3}) ?(day|week|month|year)s?$/.exec(period.trim().toLowerCase());
  const unit = UNITS[match?.[2] ?? ''];
  const count = Number(match?.[1]);
  return unit !== undefined && count >= 1 && count <= (LONGEST[unit] ?? 0) ? `${count} ${unit}` : undefined;
}

export function histogram(client: ClientPort, values: Values): void {
  const reqId = numberOr(values, 'reqId');
  const period = textOf(values, 'period');
  const duration = durationOf(period);
  if (duration === undefined) {
    client.error(reqId, ...invalidRequest(`Invalid period '${period.slice(0, 40)}'`));
    return;
  }
  const contract = oneContract(client, values);
  if (!contract) return;
  const request = { end: client.clock.now(), duration, barSize: '5 mins', what: 'TRADES', formatDate: 2 };
  const bars = client.market.bars(contract.conId, { ...request, useRth: flagOf(values, 'useRth') }) ?? [];
  const volumes = new Map<number, number>();
  for (const bar of bars) {
    const price = Math.round(bar.wap * 100) / 100;
    volumes.set(price, (volumes.get(price) ?? 0) + bar.volume);
  }
  if (volumes.size === 0) {
    client.error(reqId, ...NO_HISTORY);
    return;
  }
  const items = [...volumes].sort(([left], [right]) => left - right).map(([price, size]) => ({ price, size }));
  client.send('HISTOGRAM_DATA', { reqId, items });
}
