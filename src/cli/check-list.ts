/** Checks of the entry signal and the risk gate, each with its value and its bound. */
import type { Check } from '../contract/requests.js';
import { value as shown } from './format.js';
import { type Paint, table } from './paint.js';

/** One row per check, failed ones marked. */
export function checksText(checks: readonly Check[], paint: Paint): string {
  return table(
    paint,
    ['', 'CHECK', '>VALUE', 'ALLOWED', ''],
    checks.map(({ name, passed, text, value, bound }) => [
      passed ? paint.good('ok') : paint.bad('no'),
      name,
      shown(value),
      bound,
      text,
    ]),
  );
}
