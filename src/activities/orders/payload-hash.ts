/** A hash of an order's meaning: a reference is never sent again with another meaning. */
import { createHash } from 'node:crypto';
import type { OrderPayload } from '../../domain/order/order.js';

export function payloadHash(payload: OrderPayload): string {
  return createHash('sha256').update(canonical(payload)).digest('hex').slice(0, 32);
}

/** JSON with sorted keys, so that the order of an object's construction does not count. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`;
}
