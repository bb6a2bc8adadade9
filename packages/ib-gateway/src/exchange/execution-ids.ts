/**
 * Execution ids in the form IB gives them: `0000e0d5.65f1a2b3.01.01`.
 *
 * The second part names the fill, the third the execution within it (01 for the order itself, 02 and up for the legs of a combo), the
 * last counts corrections. They all follow from the seed, the order and the number of its fill; the first part also depends on the
 * number of earlier runs, so that no two runs of an account share an id.
 */
import { numberHash } from '../market/random.js';

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0').slice(-digits);
const two = (value: number): string => String(value).padStart(2, '0');

export class ExecutionIds {
  readonly #prefix: string;
  readonly #seed: number;
  readonly #used = new Set<number>();

  /** `generation` is the number of earlier runs of the account. */
  constructor(seed: number, generation = 0) {
    this.#seed = seed;
    // Added and not hashed: a different prefix for each of 65,536 runs, whatever the seed.
    this.#prefix = `0000${hex((numberHash(seed, 11) + generation) >>> 0, 4)}`;
  }

  /** The common part of the executions of one fill. */
  fill(permId: number, fill: number): string {
    let number = numberHash(this.#seed, permId, fill, 12);
    while (this.#used.has(number)) number = (number + 1) >>> 0;
    this.#used.add(number);
    return `${this.#prefix}.${hex(number, 8)}`;
  }
}

/** Id of the n-th execution of a fill, from 1. */
export function executionId(fill: string, number: number): string {
  return `${fill}.${two(number)}.01`;
}

/** The same execution after one more correction. */
export function correctedId(execId: string): string {
  const parts = execId.split('.');
  const last = Number(parts.at(-1) ?? '1');
  return [...parts.slice(0, -1), two(last + 1)].join('.');
}
