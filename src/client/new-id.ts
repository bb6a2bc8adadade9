/** Ids of people's requests. Randomness is allowed here: nothing derives an order from it twice. */
import { randomBytes } from 'node:crypto';

const LENGTH = 8;

/** Eight characters of base 36, such as `k3v9x0ab`. */
export function newId(): string {
  const value = randomBytes(8).readBigUInt64BE();
  return value.toString(36).padStart(LENGTH, '0').slice(-LENGTH);
}
