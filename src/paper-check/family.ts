/** Helpers of the cards about several orders, or about orders that wait. */
import type { Values } from 'ib-gateway/client';
import { verticalOf } from './contracts.js';
import type { Frame } from './link.js';
import { ENDED, isAdvice, type Placed, STILL } from './orders.js';
import type { Stage } from './stage.js';

/** IB's number for a trigger by bid and ask. */
export const BY_BID_ASK = 4;

export const refusalOf = (order: Placed): Frame | undefined =>
  order.messages().find((frame) => order.isError(frame) && !isAdvice(frame));

/** The fields of the last OPEN_ORDER. */
export function last(order: Placed): Values {
  return (
    order
      .messages()
      .filter(({ name }) => name === 'OPEN_ORDER')
      .at(-1)?.values ?? {}
  );
}

export const works = (order: Placed): boolean =>
  order.messages().some((frame) => order.isStatus(frame, ...STILL)) &&
  !order.messages().some((frame) => order.isStatus(frame, ...ENDED));

/** Prices that rest on either side of a vertical, rounded to cents. */
export async function levels(stage: Stage) {
  const { width } = await verticalOf(stage);
  const share = (part: number) => Math.round(width * part * 100) / 100;
  return { stop: share(0.8), limit: share(0.85), credit: -share(0.9) };
}
