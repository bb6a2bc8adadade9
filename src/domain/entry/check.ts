/** One reported check of an entry: passed or not, always with its number and its bound. */

export interface Check {
  readonly name: string;
  readonly passed: boolean;
  /** One sentence with the value and its bound. */
  readonly text: string;
  /** `null` when the data are missing or the check does not apply. */
  readonly value: number | string | null;
  readonly bound: string;
}

/** A check with a value. */
export function passedWhen(passed: boolean, check: Omit<Check, 'passed'>): Check {
  const { name, text, value, bound } = check;
  return { name, passed, text, value, bound };
}

/** A check that cannot pass, because its data are missing. */
export function failed(name: string, text: string, bound: string): Check {
  return { name, passed: false, text, value: null, bound };
}

/** A check that does not apply here; it is still reported, so that nothing passes silently. */
export function notApplicable(name: string, text: string, bound: string): Check {
  return { name, passed: true, text, value: null, bound };
}
