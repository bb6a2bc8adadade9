import { CONDOR, CONDOR_BACK, makeWorld } from '../../../packages/ib-gateway/test/exchange/world.js';
import { provesRejection } from '../../../src/domain/order/error-codes.js';
import { classifyRefusal } from '../../../src/domain/order/refusal.js';
import { present } from '../strategy/fixtures.js';

const REASON = 'Order rejected - reason:';

describe('a refusal', () => {
  it.each([
    [201, `${REASON}Riskless combination orders are not allowed.`, 'riskless', 'reprice'],
    [201, `${REASON}Guaranteed-to-lose combination orders are not allowed.`, 'guaranteed-loss', 'reprice'],
    [201, `${REASON}Limit price too far outside of NBBO.`, 'too-far', 'reprice'],
    [109, 'Price exceeds the percentage constraint.', 'too-far', 'reprice'],
    [
      201,
      `${REASON}Cannot have open orders on both sides of the same US Option contract in the same account. If the new order is intended to close a position, please cancel the other order first.`,
      'collision',
      'rebuild',
    ],
    [
      201,
      `${REASON}YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR EQUITY WITH LOAN VALUE [100.00 USD] MUST EXCEED THE INITIAL MARGIN [200.00 USD]`,
      'margin',
      'stop',
    ],
    [110, 'The price does not conform to the minimum price variation for this contract.', 'tick', 'reprice'],
    [201, `${REASON}No trading permissions for this contract.`, 'permission', 'stop'],
    [203, 'The security AAPL is not available or allowed for this account.', 'permission', 'stop'],
    [321, 'Error validating request: cause - The API interface is currently in Read-Only mode.', 'permission', 'stop'],
    [201, `${REASON}Exchange is closed.`, 'closed', 'stop'],
    [392, 'Invalid order: contract expired', 'closed', 'stop'],
    [
      321,
      "Error validating request.-'bN' : cause - Invalid NonGuaranteed value of 0. The order cannot be set as guaranteed.",
      'form',
      'legs',
    ],
    [201, `${REASON}Combination orders are not supported on this exchange.`, 'form', 'legs'],
    [10058, 'Combo per-leg prices are only supported for non-guaranteed smart combos with two legs.', 'form', 'legs'],
    [
      201,
      `${REASON}No trading permissions for combinations; combos are not allowed for your account.`,
      'permission',
      'stop',
    ],
    [201, `${REASON}something nobody has seen`, 'other', 'stop'],
  ])('%i %s is %s: %s', (code, text, kind, reaction) => {
    expect(classifyRefusal(code, text)).toEqual({ kind, reaction });
  });
});

/** The texts of the simulated gateway, so that the two sides stay in step. */
describe('what the gateway refuses', () => {
  const refusalOf = (order: Parameters<ReturnType<typeof makeWorld>['place']>[0], world = makeWorld()) => {
    world.place(order);
    const { code, text } = present(world.errors().at(-1));
    expect(provesRejection(code, { newOrder: true })).toBe(true);
    return classifyRefusal(code, text);
  };

  it('for its price is priced again', () => {
    expect(refusalOf({ ...CONDOR, limitPrice: -5 })).toEqual({ kind: 'riskless', reaction: 'reprice' });
    expect(refusalOf({ ...CONDOR, limitPrice: 0 })).toEqual({ kind: 'guaranteed-loss', reaction: 'reprice' });
    expect(refusalOf({ ...CONDOR, limitPrice: -0.705 })).toEqual({ kind: 'tick', reaction: 'reprice' });
    const refusing = makeWorld({ tooFarAnswer: 'refused' });
    expect(refusalOf({ limitPrice: 50 }, refusing)).toEqual({ kind: 'too-far', reaction: 'reprice' });
  });

  it('for an order on the other side is built again', () => {
    const world = makeWorld();
    world.place({ ...CONDOR, limitPrice: -0.9 });
    const kind = refusalOf({ ...CONDOR_BACK, limitPrice: 0.6 }, world);
    expect(kind).toEqual({ kind: 'collision', reaction: 'rebuild' });
  });

  it('for margin is left to a person', () => {
    expect(refusalOf({ ...CONDOR, limitPrice: -0.7, quantity: 10_000 })).toEqual({ kind: 'margin', reaction: 'stop' });
  });
});
