/**
 * Orders while the market is closed: nothing is sent or changed. A working exit is cancelled and continues at the next open.
 */
import type { OrderLeg } from '../../domain/order/order.js';
import type { SessionCalendar } from '../market/session-calendar.js';

export interface MarketClosed {
  readonly reason: string;
  /** Next open, market time, epoch ms. */
  readonly notBefore: number;
}

/** Undefined while the legs' session is open at the market time `now`. */
export async function marketClosed(
  calendar: SessionCalendar,
  legs: readonly OrderLeg[],
  now: number,
): Promise<MarketClosed | undefined> {
  const session = await calendar.of(
    legs.map(({ contract }) => contract),
    now,
  );
  return session.isOpen ? undefined : { reason: 'the market is closed', notBefore: session.nextOpen };
}
