/**
 * Temporary refusals of market-data lines: for a number of requests, for a time, or until they are switched off.
 *
 * After 10197 a line stays and has ticks when the refusal is over. After any other error there is no line: the client must request it again.
 */
import type { FaultOf } from './fault-schema.js';

export type LineRefusal = FaultOf<'refuseLines'>;

export const COMPETING = [10197, 'No market data during competing live session'] as const;

/** IB's texts, by code. */
const TEXTS: Readonly<Record<LineRefusal['code'], string>> = {
  101: 'Max number of tickers has been reached',
  354: 'Requested market data is not subscribed.Delayed market data is not available.',
  10168: 'Requested market data is not subscribed. Delayed market data is not enabled.',
  10186: 'Requested market data is not subscribed. Delayed market data is not enabled.',
  10189: 'Failed to request tick-by-tick data.No market data permissions.',
  10197: COMPETING[1],
};

export class LineRefusals {
  #current: { readonly fault: LineRefusal; readonly until: number; left: number } | undefined;

  add(fault: LineRefusal, now: number): void {
    const { n, ms } = fault;
    this.#current = fault.off
      ? undefined
      : { fault, until: ms === undefined ? Number.POSITIVE_INFINITY : now + ms, left: n ?? Number.POSITIVE_INFINITY };
  }

  clear(): void {
    this.#current = undefined;
  }

  /** The error for the next line; counts it. */
  next(now: number): readonly [LineRefusal['code'], string] | undefined {
    const current = this.#current;
    if (!current || !this.#lasts(now)) return undefined;
    current.left -= 1;
    return [current.fault.code, TEXTS[current.fault.code]];
  }

  /** Whether lines with 10197 still have to wait. */
  holds(now: number): boolean {
    return this.#current?.fault.code === COMPETING[0] && this.#lasts(now);
  }

  #lasts(now: number): boolean {
    return this.#current !== undefined && now < this.#current.until && this.#current.left > 0;
  }
}

/** The error of a refusal for existing lines. */
export function refusalError({ code }: LineRefusal): readonly [number, string] {
  return [code, TEXTS[code]];
}
