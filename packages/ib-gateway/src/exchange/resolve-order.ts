/**
 * Resolves the contracts that a client wrote to listed ones.
 */
import type { GatewayContract, GatewayMarket, GatewayOrderRequest } from '../model.js';
import type { OrderLeg } from './order-record.js';
import { type Refusal, refusal } from './refusal.js';

export interface ResolvedLegs {
  readonly legs: readonly OrderLeg[];
  readonly isCombo: boolean;
}

const UNKNOWN = refusal(200, 'No security definition has been found for the request');

/** The legs of an order, or why there are none. */
export function resolveLegs(
  market: GatewayMarket,
  request: Pick<GatewayOrderRequest, 'contract' | 'comboLegs' | 'extra'>,
  at: number,
): ResolvedLegs | Refusal {
  return request.contract.secType === 'BAG' ? resolveCombo(market, request) : resolveSingle(market, request, at);
}

function resolveSingle(
  market: GatewayMarket,
  { contract }: Pick<GatewayOrderRequest, 'contract'>,
  at: number,
): ResolvedLegs | Refusal {
  const found = contract.conId ? market.contract(contract.conId) : search(market, contract, at);
  if (!found) return UNKNOWN;
  if (found === 'ambiguous') {
    return refusal(200, `The contract description specified for ${contract.symbol} is ambiguous.`);
  }
  if (found.secType === 'IND') return refusal(412, 'The contract is not available for trading.');
  return { legs: [{ contract: found, ratio: 1, sign: 1 }], isCombo: false };
}

function search(
  market: GatewayMarket,
  contract: GatewayOrderRequest['contract'],
  at: number,
): GatewayContract | 'ambiguous' | undefined {
  const { conId: _, ...query } = contract;
  const [first, second] = market.find(query, at);
  return first && second ? 'ambiguous' : first;
}

const invalidLeg = (name: string): Refusal => refusal(313, `The combo details for '${name}' are invalid.`);

/** Combos of stocks alone are never guaranteed (Lean issue 172). */
const MUST_BE_NON_GUARANTEED = refusal(
  321,
  "Error validating request.-'bN' : cause - Invalid NonGuaranteed value of 0. The order cannot be set as guaranteed.",
);

function isNonGuaranteed({ smartComboRoutingParams }: GatewayOrderRequest['extra']): boolean {
  const params = Array.isArray(smartComboRoutingParams) ? smartComboRoutingParams : [];
  return params.some(({ tag, value }) => tag === 'NonGuaranteed' && value === '1');
}

function resolveCombo(
  market: GatewayMarket,
  { contract, comboLegs, extra }: Pick<GatewayOrderRequest, 'contract' | 'comboLegs' | 'extra'>,
): ResolvedLegs | Refusal {
  if (comboLegs.length < 2) return refusal(312, 'The combo details are invalid.');
  const legs: OrderLeg[] = [];
  for (const leg of comboLegs) {
    const found = market.contract(leg.conId);
    if (!found || found.secType === 'IND' || found.symbol !== (contract.symbol || found.symbol)) {
      return invalidLeg(found?.localSymbol ?? String(leg.conId));
    }
    if (!Number.isInteger(leg.ratio) || leg.ratio < 1 || legs.some((one) => one.contract.conId === leg.conId)) {
      return invalidLeg(found.localSymbol);
    }
    legs.push({ contract: found, ratio: leg.ratio, sign: leg.action === 'BUY' ? 1 : -1 });
  }
  const divisor = legs.map((leg) => leg.ratio).reduce(greatestDivisor);
  if (legs.every((leg) => leg.contract.secType === 'STK') && !isNonGuaranteed(extra)) return MUST_BE_NON_GUARANTEED;
  if (divisor > 1) return refusal(312, 'The combo details are invalid. Leg ratios have a common divisor.');
  return { legs, isCombo: true };
}

function greatestDivisor(left: number, right: number): number {
  return right === 0 ? left : greatestDivisor(right, left % right);
}
