/** A net price as people write it. */
import { InvalidInput } from '../errors.js';
import { formatMoney, parseMoney } from '../money.js';
import type { MoneySide } from './money-side.js';

/** `1.25`, or with the side: `0.15cr` is received, `0.15db` is paid. Throws InvalidInput. */
export function parsePrice(text: string): { readonly price: string; readonly side?: MoneySide } {
  const [, amount, side] = /^\+?(\d+(?:\.\d{1,6})?)\s*(cr|db)?$/i.exec(text.trim()) ?? [];
  if (amount === undefined) {
    throw new InvalidInput(
      'limit price',
      text,
      'a net price per share such as 1.25, without a sign; 1.25cr to receive it, 1.25db to pay it',
    );
  }
  const price = formatMoney(parseMoney(amount));
  if (side === undefined) return { price };
  return { price, side: side.toLowerCase() === 'cr' ? 'credit' : 'debit' };
}
