/**
 * Random numbers that are functions of a key.
 *
 * The market must give the same value at any time and in any order of calls, so nothing here keeps state between calls. A draw is a
 * hash of its key (seed, name, day, ...), and a stream is rebuilt from its key each time.
 */
import { cos, imul, log, PI, sin, sqrt } from './math.js';

/** Mixes one 32-bit word into a hash; the finaliser is the one of MurmurHash3, whose avalanche is well studied. */
function mix(hash: number, word: number): number {
  let value = (hash ^ word) | 0;
  value = imul(value ^ (value >>> 16), 0x85ebca6b);
  value = imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) + 0x9e3779b9;
}

/** Hash of a text, 32 bits unsigned. */
export function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = mix(hash, text.charCodeAt(index));
  return hash >>> 0;
}

/** Hash of up to four integers, 32 bits unsigned. */
export function numberHash(first: number, second: number, third = 0, fourth = 0): number {
  return mix(mix(mix(mix(0x2545f491, first | 0), second | 0), third | 0), fourth | 0) >>> 0;
}

/** A number in [0, 1) from a 32-bit hash. */
export function uniformOf(hash: number): number {
  return hash / 4294967296;
}

/** A standard normal number from a hash (Box-Muller on two numbers derived from it). */
export function normalOf(hash: number): number {
  const radius = sqrt(-2 * log(1 - uniformOf(mix(hash, 1) >>> 0)));
  return radius * cos(2 * PI * uniformOf(mix(hash, 2) >>> 0));
}

/** Fills `target` with independent standard normal numbers that depend only on the key. */
export function fillNormals(target: Float64Array, key: number): void {
  for (let index = 0; index < target.length; index += 2) {
    const radius = sqrt(-2 * log(1 - uniformOf(mix(key, index) >>> 0)));
    const angle = 2 * PI * uniformOf(mix(key, index + 1) >>> 0);
    target[index] = radius * cos(angle);
    if (index + 1 < target.length) target[index + 1] = radius * sin(angle);
  }
}
