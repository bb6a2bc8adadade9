/**
 * The two option calculators: a price from a volatility, and a volatility from a price.
 *
 * European formula, forward = spot carried at the interest rate without dividends; the market's own quotes know more.
 */
import { DateTime } from 'luxon';
import { blackScholesGreeks, blackScholesPrice } from '../market/black-scholes.js';
import type { GatewayContract } from '../model.js';
import type { Values } from '../protocol/index.js';
import { numberOf, numberOr } from '../protocol/values.js';
import { GATEWAY_ZONE } from '../times.js';
import { oneContract } from './one-contract.js';
import { type ClientPort, invalidRequest } from './port.js';

/** Tick type of a computation that a client asked for. */
const CUSTOM_COMPUTATION = 53;
const RATE = 0.04;
const YEAR_MS = 365 * 86_400_000;
const HIGHEST_VOLATILITY = 10;
const BISECTIONS = 60;

type Terms = Omit<Parameters<typeof blackScholesPrice>[0], 'volatility'>;

/** Price and Greeks at the volatility given. */
export function optionPrice(client: ClientPort, values: Values): void {
  const volatility = numberOf(values, 'volatility') ?? 0;
  const terms = termsOf(client, values);
  if (!terms) return;
  if (volatility <= 0 || volatility > HIGHEST_VOLATILITY) {
    client.error(numberOr(values, 'reqId'), ...invalidRequest('Invalid volatility'));
    return;
  }
  send(client, values, terms, volatility);
}

/** The volatility at which the formula gives the price; the price rises with volatility, so bisection finds it. */
export function impliedVolatility(client: ClientPort, values: Values): void {
  const price = numberOf(values, 'optionPrice') ?? 0;
  const terms = termsOf(client, values);
  if (!terms) return;
  let low = 0;
  let high = HIGHEST_VOLATILITY;
  const reachable =
    price >= blackScholesPrice({ ...terms, volatility: 0 }) &&
    price <= blackScholesPrice({ ...terms, volatility: HIGHEST_VOLATILITY });
  if (!reachable) {
    client.error(numberOr(values, 'reqId'), ...invalidRequest('No volatility gives this price'));
    return;
  }
  for (let step = 0; step < BISECTIONS; step += 1) {
    const middle = (low + high) / 2;
    if (blackScholesPrice({ ...terms, volatility: middle }) < price) low = middle;
    else high = middle;
  }
  send(client, values, terms, (low + high) / 2);
}

function termsOf(client: ClientPort, values: Values): Terms | undefined {
  const contract = oneContract(client, values);
  if (!contract) return undefined;
  const spot = numberOf(values, 'underlyingPrice') ?? 0;
  const { right, strike } = contract;
  const expiry = expiryOf(client, contract);
  if (right === undefined || strike === undefined || expiry === undefined || spot <= 0) {
    client.error(numberOr(values, 'reqId'), ...invalidRequest('Invalid contract or underlying price'));
    return undefined;
  }
  const years = Math.max(0, (expiry - client.clock.now()) / YEAR_MS);
  return { right, strike, spot, forward: spot * Math.exp(RATE * years), years, rate: RATE };
}

/** When the option expires, epoch ms: its settlement, else the afternoon of its last day. */
function expiryOf({ market }: ClientPort, { conId, expiry }: GatewayContract): number | undefined {
  const settles = market.settlementTime(conId);
  if (settles !== undefined || expiry === undefined) return settles;
  return DateTime.fromFormat(`${expiry} 16:00`, 'yyyyMMdd HH:mm', { zone: GATEWAY_ZONE }).toMillis();
}

function send(client: ClientPort, values: Values, terms: Terms, volatility: number): void {
  const { price, delta, gamma, vega, theta } = blackScholesGreeks({ ...terms, volatility });
  client.send('TICK_OPTION_COMPUTATION', {
    ...{ reqId: numberOr(values, 'reqId'), tickType: CUSTOM_COMPUTATION, tickAttribute: 1 },
    ...{ impliedVolatility: volatility, optionPrice: price, pvDividend: 0, underlyingPrice: terms.spot },
    ...{ delta, gamma, vega, theta },
  });
}
