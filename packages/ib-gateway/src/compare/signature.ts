/** The name of a message in a comparison: its kind, and its distinguishing field. */
import { type Decoded, type FieldToken, isUnsetNumber } from '../protocol/client-side.js';
import { flagOf, numberOf, textOf } from '../protocol/values.js';

/**
 * A size that comes alone means the same as the one beside its price; which of them comes varies from moment to moment.
 */
const PRICE_OF_SIZE: Readonly<Record<number, number>> = { 0: 1, 3: 2, 5: 4, 69: 66, 70: 67, 71: 68 };

/** Begins the signatures of quotes, whose order and number vary with the market. */
export const TICK = 'TICK ';

/** `inList`: the message is a row of a list of open orders. */
export function signatureOf({ name, values }: Decoded, fields: readonly FieldToken[], inList: boolean): string {
  if (name === 'ERR_MSG') return `ERR_MSG ${numberOf(values, 'code')}`;
  if (name.startsWith('TICK_') && values.tickType !== undefined) {
    const type = numberOf(values, 'tickType') ?? -1;
    return `${TICK}${PRICE_OF_SIZE[type] ?? type}`;
  }
  if (inList && (name === 'OPEN_ORDER' || name === 'ORDER_STATUS')) return name;
  if (name === 'OPEN_ORDER' && flagOf(values, 'whatIf'))
    return `OPEN_ORDER what-if, ${hasFigures(fields) ? 'figures' : 'unset'}`;
  if (name === 'OPEN_ORDER' || name === 'ORDER_STATUS') return `${name} ${textOf(values, 'status')}`;
  if (name === 'EXECUTION_DATA') return `EXECUTION_DATA ${textOf(values, 'secType')}`;
  return name;
}

function hasFigures(fields: readonly FieldToken[]): boolean {
  const token = fields.find(({ path }) => path === 'initMarginChange')?.token ?? '';
  return token !== '' && !isUnsetNumber(token);
}

export type FieldClass = 'filled' | 'empty' | 'unset number' | 'absent';

export function classOf(token: string): FieldClass {
  if (token === '') return 'empty';
  return isUnsetNumber(token) ? 'unset number' : 'filled';
}
