/**
 * What a person should know before options on shares expire, while they still trade: owners decide until the evening, and the broker
 * may refuse an exercise that the account cannot carry.
 */
import { dayText, easternDay } from 'market-time';
import { formatMoney, MICROS_PER_DOLLAR, type Micros } from '../money.js';
import { type OptionContract, rightSign } from '../option.js';
import { contractName } from '../order/order.js';
import { sharesPerContract } from './delivery.js';
import { EXERCISED_FROM } from './settlement.js';

export interface LastDayInput {
  readonly symbol: string;
  readonly legs: readonly { readonly contract: OptionContract; readonly openQuantity: number }[];
  /** Market time. */
  readonly now: number;
  readonly underlying: Micros;
  /** How far, as a share of the price, the underlying may move across a strike after the close. */
  readonly pinPct: number;
  /** Funds available for margin; absent: not known. */
  readonly availableFunds?: Micros;
}

/** Margin for shares held overnight: half of their cost (Regulation T). */
const SHARES_MARGIN = 0.5;

/** One sentence per danger, in the order of the legs. None on any other day, nor for options that settle in cash. */
export function lastDayRisks({
  symbol,
  legs,
  now,
  underlying,
  pinPct,
  availableFunds,
}: LastDayInput): readonly string[] {
  const today = dayText(easternDay(now));
  const expiring = legs.filter(
    ({ contract, openQuantity }) => openQuantity !== 0 && contract.style === 'american' && contract.expiry === today,
  );
  const near = Math.round(underlying * pinPct);
  const pinned = expiring.flatMap(({ contract, openQuantity }) => {
    const inner = innerOf(contract, underlying);
    if (openQuantity > 0 || Math.abs(inner) > near) return [];
    const shares = sharesPerContract({ contract, side: 'short' }) * -openQuantity;
    const side = inner > 0 ? 'in' : 'out of';
    return [
      `Pin risk: ${openQuantity} ${contractName(contract)} is ${formatMoney(Math.abs(inner))} ${side} the money. Its owners may exercise until 17:30 in New York, also against the close, which brings ${shares} shares overnight. Buy it back before the close.`,
    ];
  });
  const net = expiring
    .filter(({ contract }) => innerOf(contract, underlying) >= EXERCISED_FROM)
    .reduce((sum, { contract, openQuantity }) => {
      return sum + sharesPerContract({ contract, side: openQuantity > 0 ? 'long' : 'short' }) * Math.abs(openQuantity);
    }, 0);
  const exercised = expiring.filter(
    ({ contract, openQuantity }) => openQuantity > 0 && innerOf(contract, underlying) >= EXERCISED_FROM,
  );
  const needed = Math.round(Math.abs(net) * underlying * SHARES_MARGIN);
  const declined = availableFunds !== undefined && exercised.length > 0 && net !== 0 && needed > availableFunds;
  const names = exercised.map(({ contract, openQuantity }) => `${openQuantity} ${contractName(contract)}`).join(', ');
  return [
    ...pinned,
    ...(declined
      ? [
          `The broker may decline to exercise ${names}, or close it: the exercise brings ${net} shares of ${symbol}, which need about ${formatMoney(needed)} of margin, and only ${formatMoney(availableFunds ?? 0)} is free. Sell it before the close.`,
        ]
      : net === 0 || pinned.length > 0
        ? []
        : [
            `At this price, what expires in the money today brings ${net} shares of ${symbol} overnight, which need about ${formatMoney(needed)} of margin. Close the position before the close if you do not want them.`,
          ]),
  ];
}

function innerOf({ right, strike }: OptionContract, underlying: Micros): Micros {
  return rightSign(right) * (underlying - Math.round(strike * MICROS_PER_DOLLAR));
}
