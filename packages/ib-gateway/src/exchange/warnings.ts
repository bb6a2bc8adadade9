/** Messages about a live order. */
import { zonedTime } from '../times.js';
import type { DeskParts } from './desk-parts.js';
import type { OrderRecord } from './order-record.js';
import { isOpen, nextOpen } from './order-times.js';
import { type Refusal, refusal } from './refusal.js';

/** Warning 2109: combos trade only in regular hours (Lean issue 224). */
export const OUTSIDE_RTH_IGNORED = refusal(
  2109,
  'Order Event Warning:Attribute "Outside Regular Trading Hours" is ignored based on the order type and destination. PlaceOrder is now processed.',
);

/** Warning 399: the order rests until the open. */
export function heldUntilOpen(record: OrderRecord, openAt: number): Refusal {
  const { action, quantity, contract } = record.request;
  const name = record.legs[0]?.contract.localSymbol ?? contract.symbol;
  const when = openingText(openAt);
  return refusal(
    399,
    `Order Message:\n${action} ${quantity} ${name}\nWarning: Your order will not be placed at the exchange until ${when}.`,
  );
}

const openingText = (openAt: number): string => (Number.isFinite(openAt) ? zonedTime(openAt) : 'the next session');

/** The warning of a what-if: of a preset of the gateway, or that the market is closed. */
export function previewWarning({ config, market, clock }: DeskParts, { legs }: OrderRecord): string | undefined {
  const now = clock.now();
  if (config.presetWarning !== '') return config.presetWarning;
  if (isOpen(market, legs, now)) return undefined;
  return `Warning: Your order will not be placed at the exchange until ${openingText(nextOpen(market, legs, now))}.`;
}

/** Error 10148: a cancel came too late. */
export function cannotCancel(record: OrderRecord): Refusal {
  const { orderId } = record.request;
  return refusal(10148, `OrderId ${orderId} that needs to be cancelled cannot be cancelled, state: ${record.status}.`);
}
