/**
 * Times as old versions write them, with two spaces and without a zone (frames of real gateways up to version 173:
 * `20230413  16:31:22` in HISTORICAL_DATA, `20230224  12:04:56` in EXECUTION_DATA). Bars and executions name their zone from
 * version 174 on. When start and end of HISTORICAL_DATA began to is seen only at 196, where they moved to a message of their
 * own; rust-ibapi, the one client that reads them as times, expects the old form until then.
 */
import type { Values } from '../protocol/index.js';

/** From this version on bars and executions name their zone. */
const TIMES_WITH_ZONE = 174;
/** From this version on start and end of an answer with bars do. */
const SPANS_WITH_ZONE = 196;
const ZONED = /^(\d{8}) (\d{2}:\d{2}:\d{2}) \S+$/;

/** The fields that hold such times, by message, and the first version that writes their zone. */
const TIMES: Readonly<Record<string, { readonly fields: readonly string[]; readonly zoneFrom: number }>> = {
  EXECUTION_DATA: { fields: ['time'], zoneFrom: TIMES_WITH_ZONE },
  HISTORICAL_DATA: { fields: ['start', 'end'], zoneFrom: SPANS_WITH_ZONE },
  HISTORICAL_DATA_UPDATE: { fields: ['time'], zoneFrom: TIMES_WITH_ZONE },
};

const withoutZone = (text: unknown): unknown => (typeof text === 'string' ? text.replace(ZONED, '$1  $2') : text);

/** The values of a message as a client of a version gets them. */
export function timesFor(version: number, name: string, values: Values): Values {
  const times = TIMES[name];
  if (!times || version >= times.zoneFrom) return values;
  const old = Object.fromEntries(times.fields.map((field) => [field, withoutZone(values[field])]));
  const bars = version < TIMES_WITH_ZONE ? (values.bars as readonly Values[] | undefined) : undefined;
  const rows = bars?.map((bar) => ({ ...bar, time: withoutZone(bar.time) }));
  return { ...values, ...old, ...(rows && { bars: rows }) } as Values;
}
