/**
 * Refusals of market-data lines that pass: for a number of requests, for a time, or until they are called off.
 *
 * After 10197 a line is kept and has ticks when the refusal is over. After any other error there is no line: a client that wants
 * it asks again.
 */
import type { FaultOf } from './fault-schema.js';

export type LineRefusal = FaultOf<'refuseLines'>;

export const COMPETING = [10197, 'No market data during competing live session'] as const;

/** The texts of IB, by code. */
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

  /** The error that the next line gets; counts it. */
  next(now: number): readonly [LineRefusal['code'], string] | undefined {
    const current = this.#current;
    if (!current || !this.#lasts(now)) return undefined;
    current.left -= 1;
    return [current.fault.code, TEXTS[current.fault.code]];
  }

  /** Whether lines that got 10197 still have to wait. */
  holds(now: number): boolean {
    return this.#current?.fault.code === COMPETING[0] && this.#lasts(now);
  }

  #lasts(now: number): boolean {
    return this.#current !== undefined && now < this.#current.until && this.#current.left > 0;
  }
}

/** The error of a refusal as it is sent to lines that are there. */
export function refusalError({ code }: LineRefusal): readonly [number, string] {
  return [code, TEXTS[code]];
}
