/** Whether a net price is received or paid. */
import { formatMoney, type Micros } from '../money.js';
import { valueRange } from '../strategy/payoff.js';
import type { StrategyLeg } from '../strategy/strategy.js';
import { payoffRange } from './net-bounds.js';
import type { OrderPurpose } from './order.js';

/** `credit`: the price is received; `debit`: it is paid. */
export type MoneySide = 'credit' | 'debit';

type Legs = readonly Pick<StrategyLeg, 'action' | 'ratio' | 'contract'>[];

/**
 * The side on which the structure is opened, by its payoff alone: a debit when one combo held is never worth less than nothing, a
 * credit when it is never worth more. Undefined where it may be worth either (ratios, backspreads, several expirations): there the
 * market decides, and that may change soon.
 */
export function openingSide(legs: Legs): MoneySide | undefined {
  const range = legs.length === 1 ? valueRange(legs) : payoffRange(legs);
  if (range === undefined) return undefined;
  if (range.lowest !== undefined && range.lowest >= 0) return 'debit';
  return range.highest !== undefined && range.highest <= 0 ? 'credit' : undefined;
}

/**
 * A person's net price in the broker's sense: what we pay; negative: we receive. The price as written has no sign; its side is the
 * given one, else the structure's. A sentence when there is neither.
 */
export function signedLimit(
  legs: Legs,
  purpose: OrderPurpose,
  { price, side }: { readonly price: Micros; readonly side?: MoneySide },
): Micros | { readonly refused: string } {
  const opened = openingSide(legs);
  const inferred = purpose === 'OPEN' ? opened : opened && OTHER[opened];
  const known = side ?? inferred;
  if (price === 0) return 0;
  if (known !== undefined) return known === 'debit' ? price : -price;
  const text = formatMoney(price);
  return {
    refused: `The structure can be worth either sign, so the price needs a side: ${text}cr to receive it or ${text}db to pay it.`,
  };
}

const OTHER = { credit: 'debit', debit: 'credit' } as const;
