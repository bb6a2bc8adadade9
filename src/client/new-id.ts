/** Ids of requests that people make. Randomness is allowed here: nothing of an order is derived from it twice. */
import { randomBytes } from 'node:crypto';

const LENGTH = 8;

/** Eight characters of base 36, such as `k3v9x0ab`. */
export function newId(): string {
  const value = randomBytes(8).readBigUInt64BE();
  return value.toString(36).padStart(LENGTH, '0').slice(-LENGTH);
}
