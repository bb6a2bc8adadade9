/**
 * Greeks by the broker's own calculator, for an option whose line brings no model computation. IB answers calculateImpliedVolatility
 * and calculateOptionPrice with a computation of tick type 53 (TWS API, "Option Greeks"); a missing value is -1 or -2.
 */
import type { IBApi } from '@stoqey/ib';
import { type Micros, toNumber } from '../domain/money.js';
import type { Greeks, OptionContract } from '../domain/option.js';
import { NotAnswered, RequestRefused } from './failures.js';
import { optionOf } from './ib-order.js';
import { type Computation, greeksOf, positive } from './quote-values.js';
import type { Requests } from './requests.js';

/** A requested computation. */
const CUSTOM_COMPUTATION = 53;

export interface OptionPrice {
  /** Per share. */
  readonly price: Micros;
  readonly underlying: Micros;
}

/**
 * The volatility of a price, with the Greeks at it. If they do not come with it, they are requested for the price at that
 * volatility. Undefined when the broker computes none.
 */
export async function calculateGreeks(
  requests: Requests,
  contract: OptionContract,
  { price, underlying }: OptionPrice,
): Promise<Greeks | undefined> {
  const option = optionOf(contract);
  const at = toNumber(underlying);
  const first = await compute(
    requests,
    contract,
    (api, reqId) => api.calculateImpliedVolatility(reqId, option, toNumber(price), at),
    (api, reqId) => api.cancelCalculateImpliedVolatility(reqId),
  );
  const volatility = first?.impliedVol;
  if (first === undefined || !positive(volatility)) return undefined;
  const priced =
    greeksOf(first) === undefined
      ? await compute(
          requests,
          contract,
          (api, reqId) => api.calculateOptionPrice(reqId, option, volatility, at),
          (api, reqId) => api.cancelCalculateOptionPrice(reqId),
        )
      : first;
  const greeks = priced && greeksOf({ ...priced, impliedVol: volatility });
  return greeks && { ...greeks, calculated: true };
}

async function compute(
  requests: Requests,
  { symbol, strike, right }: OptionContract,
  send: (api: IBApi, reqId: number) => void,
  cancel: (api: IBApi, reqId: number) => void,
): Promise<Computation | undefined> {
  try {
    return await requests.ask<Computation>(`Greeks of ${symbol} ${strike} ${right}`, (ask) => {
      ask.on('tickOptionComputation', (reqId, type, _attribute, impliedVol, delta, _price, _dividend, ...rest) => {
        if (reqId !== ask.reqId || type !== CUSTOM_COMPUTATION) return;
        const [gamma, vega, theta] = rest;
        ask.send((api) => cancel(api, ask.reqId));
        ask.done({ impliedVol, delta, gamma, vega, theta });
      });
      ask.send((api) => send(api, ask.reqId));
    });
  } catch (error) {
    if (error instanceof RequestRefused || error instanceof NotAnswered) return undefined;
    throw error;
  }
}
