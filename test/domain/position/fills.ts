/** Executions for the tests of the ledger. */
import type { Fill } from '../../../src/domain/order/fill.js';
import type { StrategyLeg } from '../../../src/domain/strategy/strategy.js';
import { NOW } from '../strategy/fixtures.js';

let counter = 0;

/** One execution of a leg; `changes` win. */
export function fillOf(
  leg: StrategyLeg,
  purpose: 'open' | 'close',
  quantity: number,
  price: number,
  changes: Partial<Fill> = {},
): Fill {
  counter += 1;
  const opening = purpose === 'open';
  return {
    execId: `0000e0d5.${counter.toString(16).padStart(8, '0')}.02.01`,
    orderRef: 'LW|spy-ic-20260302-a1b2c3|1|combo|1',
    orderId: 10,
    permId: 1000,
    account: 'DU1',
    conId: leg.contract.conId,
    secType: 'OPT',
    side: opening === (leg.action === 'BUY') ? 'BUY' : 'SELL',
    quantity,
    price,
    at: NOW,
    liquidation: false,
    ...changes,
  };
}

/** The summary that the broker sends beside the legs of a combination. */
export function summaryOf(quantity: number, price: number): Fill {
  counter += 1;
  return {
    execId: `0000e0d5.${counter.toString(16).padStart(8, '0')}.01.01`,
    orderRef: 'LW|spy-ic-20260302-a1b2c3|1|combo|1',
    orderId: 10,
    permId: 1000,
    account: 'DU1',
    conId: 0,
    secType: 'BAG',
    side: 'BUY',
    quantity,
    price,
    at: NOW,
    liquidation: false,
    commission: 99_000_000,
  };
}
