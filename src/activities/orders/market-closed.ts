/**
 * Orders and market hours: nothing is sent or changed while the market is closed. A working exit is cancelled and continues at the
 * next open.
 */
import type { OrderLeg } from '../../domain/order/order.js';
import type { SessionCalendar } from '../market/session-calendar.js';

export interface MarketClosed {
  readonly reason: string;
  /** Next open, market time, epoch ms. */
  readonly notBefore: number;
}

/** `closesAt`: market time, epoch ms, from which nothing may be written in this session. */
export type MarketHours =
  | { readonly closed: MarketClosed }
  | { readonly closed?: undefined; readonly closesAt: number };

/** The session in which all the legs trade, at the market time `now`. */
export async function marketHours(
  calendar: SessionCalendar,
  legs: readonly OrderLeg[],
  now: number,
): Promise<MarketHours> {
  const session = await calendar.of(
    legs.map(({ contract }) => contract),
    now,
  );
  if (session.isOpen) return { closesAt: session.close };
  return { closed: { reason: 'the market is closed', notBefore: session.nextOpen } };
}
