/**
 * Times of executions. IB writes them with a zone, or in UTC. Old gateways write them without one, in the gateway's zone,
 * which its greeting names (`20261218 09:58:00 EST`). When that name is unknown, the difference between the gateway's clock
 * and the broker's time gives the offset.
 */
import { zoneOf } from 'market-time';
import type { Log } from '../domain/log.js';
import type { Connection } from './connection.js';
import type { SessionPart } from './session-part.js';
import { parseBrokerTime } from './times.js';

const QUARTER_MS = 900_000;

export class ExecutionTimes implements SessionPart {
  private greeted: string | undefined;
  private zone: string | undefined;
  private readonly told = new Set<string>();

  /** @param now market time, epoch ms, or undefined before the first reading */
  constructor(
    private readonly now: () => number | undefined,
    private readonly log: Log,
  ) {}

  attach({ adapter }: Connection): void {
    adapter.on('server', (_version, connectedAt) => {
      this.greeted = connectedAt;
      this.zone = zoneOf(/^\d{8} [\d:]+ (.+)$/.exec(connectedAt.trim())?.[1]);
    });
  }

  /** The clock has been read: an offset can stand in for an unknown zone. */
  ready(): void {
    const now = this.now();
    if (this.zone !== undefined || this.greeted === undefined || now === undefined) return;
    const wall = /^\d{8} [\d:]+/.exec(this.greeted.trim())?.[0];
    const at = wall === undefined ? undefined : parseBrokerTime(wall, 'utc');
    if (at === undefined) return;
    const minutes = (Math.round((at - now) / QUARTER_MS) * QUARTER_MS) / 60_000;
    const size = Math.abs(minutes);
    const clock = `${Math.floor(size / 60)}:${String(size % 60).padStart(2, '0')}`;
    this.zone = `UTC${minutes < 0 ? '-' : '+'}${clock}`;
    this.log('warn', 'the time zone of the gateway is not known; its offset is derived from its clock', {
      greeting: this.greeted,
      offset: this.zone,
    });
  }

  /** Epoch ms. A text that cannot be read is logged once and counts as now. */
  read(text: string): number {
    const at = parseBrokerTime(text, this.zone);
    if (at !== undefined) return at;
    const form = text.replace(/\d/g, '0');
    if (!this.told.has(form)) {
      this.told.add(form);
      this.log('warn', 'the time of an execution cannot be read; the time of its arrival is used', { text });
    }
    return this.now() ?? 0;
  }
}
