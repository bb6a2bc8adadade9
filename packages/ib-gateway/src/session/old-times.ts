/**
 * Times as old versions write them: up to 173 the hours follow two spaces, without a zone (frames of real gateways: `20230413
 * 16:31:22` in HISTORICAL_DATA, `20230224  12:04:56` in EXECUTION_DATA). 178 has the zone: `20250714 08:59:54 US/Eastern`
 * (ib-api-reloaded/ib_async issue 161).
 */
import type { Values } from '../protocol/index.js';

/** From this version on, times name their zone. */
const WITH_ZONE = 174;
const ZONED = /^(\d{8}) (\d{2}:\d{2}:\d{2}) \S+$/;

/** The fields that hold such times, by message. */
const TIMES: Readonly<Record<string, readonly string[]>> = {
  EXECUTION_DATA: ['time'],
  HISTORICAL_DATA: ['start', 'end'],
  HISTORICAL_DATA_UPDATE: ['time'],
};

const withoutZone = (text: unknown): unknown => (typeof text === 'string' ? text.replace(ZONED, '$1  $2') : text);

/** The values of a message as a client with a version gets them. */
export function timesFor(version: number, name: string, values: Values): Values {
  const fields = version < WITH_ZONE ? TIMES[name] : undefined;
  if (!fields) return values;
  const times = Object.fromEntries(fields.map((field) => [field, withoutZone(values[field])]));
  const bars = values.bars as readonly Values[] | undefined;
  const rows = bars?.map((bar) => ({ ...bar, time: withoutZone(bar.time) }));
  return { ...values, ...times, ...(rows && { bars: rows }) } as Values;
}
