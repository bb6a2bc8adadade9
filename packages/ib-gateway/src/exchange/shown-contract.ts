/**
 * The contract of an order as the broker shows it, and what a change of the order must name.
 *
 * A client names a contract with just enough fields to find it. The broker fills in the rest, and shows that form in open and completed
 * orders. For a single contract it is the listed one; for a combo the generic contract id, the class COMB, and the legs in the order of
 * their contract ids. So a recorded openOrder of a combo reads (ib-ruby, spec of OpenOrder: legs 43645865 and 9408, local symbol
 * "28812380"). A change of a combo with any other contract is refused with 105 (erdewit/ib_insync issue 464, scmhub/ibsync issue 13).
 */
import type { GatewayComboLeg, GatewayOrderRequest } from '../model.js';
import type { ResolvedLegs } from './resolve-order.js';

/** The contract id that stands for combos in dollars, as IB's own. */
const COMBO_CON_ID = 28812380;
const COMBO_CLASS = 'COMB';
const SMART = 'SMART';

type Named = Pick<GatewayOrderRequest, 'contract' | 'comboLegs'>;

/** Contract and legs of a request in the broker's form. */
export function shownContract({ contract, comboLegs }: Named, { legs, isCombo }: ResolvedLegs): Named {
  const [first] = legs;
  const exchange = contract.exchange || SMART;
  if (isCombo || !first) {
    const { symbol, secType, currency } = contract;
    return {
      contract: {
        ...{ conId: COMBO_CON_ID, symbol: symbol || (first?.contract.symbol ?? ''), secType, exchange, currency },
        ...{ localSymbol: String(COMBO_CON_ID), tradingClass: COMBO_CLASS },
      },
      comboLegs: [...comboLegs]
        .map((leg) => ({ ...leg, exchange: leg.exchange || exchange }))
        .sort((left, right) => left.conId - right.conId),
    };
  }
  const { primaryExchange: _primary, underlyingConId: _underlying, ...listed } = first.contract;
  return { contract: { ...listed, exchange }, comboLegs: [] };
}

/** Whether a change of a combo names the contract as shown: every field of it, and the legs one by one. */
export function namesShown(request: Named, shown: Named): boolean {
  return (
    CONTRACT_FIELDS.every((field) => request.contract[field] === shown.contract[field]) &&
    request.comboLegs.length === shown.comboLegs.length &&
    request.comboLegs.every((leg, index) => sameLeg(leg, shown.comboLegs[index]))
  );
}

const CONTRACT_FIELDS = [
  ...(['conId', 'symbol', 'secType', 'exchange', 'currency', 'localSymbol', 'tradingClass'] as const),
] as const;
const LEG_FIELDS = ['conId', 'ratio', 'action', 'exchange', 'openClose'] as const;

function sameLeg(leg: GatewayComboLeg, other: GatewayComboLeg | undefined): boolean {
  return other !== undefined && LEG_FIELDS.every((field) => leg[field] === other[field]);
}
