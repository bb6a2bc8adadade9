/**
 * A2: a change of a combo must name the contract as the broker showed it; any other is refused and the order goes on.
 */
import type { ComboLeg, Contract } from '@stoqey/ib';
import {
  bagOf,
  completedOrders,
  condor,
  contractOf,
  type Desk,
  errors,
  limit,
  openDesk,
  openOrders,
  settled,
  shownOrders,
  statuses,
} from './support/desk.js';

let desk: Desk;

beforeEach(async () => {
  desk = await openDesk();
});

afterEach(() => desk.close());

const priceOf = async () => (await openOrders(desk.client)).map(({ order }) => order.lmtPrice);

/** Places the condor and returns its contract as openOrder shows it. */
async function shownCombo(orderId = 1): Promise<Contract> {
  desk.api.placeOrder(orderId, condor(desk), limit(-8.45));
  await desk.pass(1);
  const shown = shownOrders(desk.client).find((one) => one.orderId === orderId);
  if (!shown) throw new Error('the order was not shown');
  return shown.contract;
}

const swapped = ({ comboLegs = [], ...rest }: Contract): Contract => ({ ...rest, comboLegs: [...comboLegs].reverse() });
const firstLeg = ({ comboLegs = [], ...rest }: Contract, change: Partial<ComboLeg>): Contract => ({
  ...rest,
  comboLegs: comboLegs.map((leg, index) => (index === 0 ? { ...leg, ...change } : leg)),
});

it('A2: openOrder shows the generic id, the class COMB, and the legs by contract id', async () => {
  const shown = await shownCombo();
  expect(shown).toMatchObject({
    ...{ conId: 28812380, symbol: 'SPY', secType: 'BAG', exchange: 'SMART', currency: 'USD' },
    ...{ localSymbol: '28812380', tradingClass: 'COMB' },
  });
  const placed = (condor(desk).comboLegs ?? []).map(({ conId }) => conId);
  expect(placed).toEqual([...placed].sort((left = 0, right = 0) => right - left));
  expect(shown.comboLegs?.map(({ conId }) => conId)).toEqual([...placed].reverse());
  expect((await openOrders(desk.client)).map(({ contract }) => contract)).toEqual([shown]);
});

it('A2: a change with the contract as placed is refused with 105, and the order goes on at its price', async () => {
  await shownCombo();
  const from = desk.client.heard.length;
  desk.api.placeOrder(1, condor(desk), limit(-8.4));
  await desk.pass(3);
  expect(errors(desk.client, from)).toEqual([[1, 105, 'Order being modified does not match original order.']]);
  expect(statuses(desk.client, 1, from)).toEqual([]);
  expect(await priceOf()).toEqual([-8.45]);
});

it('A2: a change with the contract as shown is taken, again and again, and completed orders show the same', async () => {
  const shown = await shownCombo();
  for (const price of [-8.4, -8.35]) {
    desk.api.placeOrder(1, shown, limit(price));
    await desk.pass(1);
    expect(await priceOf()).toEqual([price]);
  }
  expect(errors(desk.client)).toEqual([]);
  desk.api.cancelOrder(1);
  await desk.pass(2);
  expect((await completedOrders(desk.client)).map(({ contract }) => contract)).toMatchObject([
    { conId: 28812380, localSymbol: '28812380', tradingClass: 'COMB', comboLegs: shown.comboLegs },
  ]);
});

it.each<[string, (shown: Contract) => Contract]>([
  ['the contract id', (shown) => ({ ...shown, conId: 0 })],
  ['the local symbol', ({ localSymbol: _, ...shown }) => shown],
  ['another local symbol', (shown) => ({ ...shown, localSymbol: 'SPY' })],
  ['the class', ({ tradingClass: _, ...shown }) => shown],
  ['the exchange', (shown) => ({ ...shown, exchange: 'CBOE' })],
  ['the order of the legs', swapped],
  ['the exchange of a leg', (shown) => firstLeg(shown, { exchange: 'CBOE' })],
  ['what a leg opens', (shown) => firstLeg(shown, { openClose: 1 })],
  ['the ratio of a leg', (shown) => firstLeg(shown, { ratio: 2 })],
])('A2: a change is refused that differs in %s alone', async (_, changed) => {
  const shown = await shownCombo();
  desk.api.placeOrder(1, changed(shown), limit(-8.4));
  await desk.pass(2);
  expect(errors(desk.client).map(([id, code]) => [id, code])).toEqual([[1, 105]]);
  expect(await priceOf()).toEqual([-8.45]);
  desk.api.placeOrder(1, shown, limit(-8.35));
  await desk.pass(1);
  expect(await priceOf()).toEqual([-8.35]);
});

it("A2: of two legs placed in the broker's own order the contract as placed is refused all the same", async () => {
  const [put = desk.options[0], call = desk.options[1]] = desk.options;
  const pair = bagOf(
    [put, call].flatMap((one) => one ?? []),
    [1, -1],
  );
  desk.api.placeOrder(1, pair, limit(-4.5));
  await desk.pass(1);
  desk.api.placeOrder(1, pair, limit(-4.45));
  await settled(desk.client);
  expect(errors(desk.client).map(([, code]) => code)).toEqual([105]);
});

it('A2: a single contract is taken as placed and as shown; another one is refused', async () => {
  const [put, other] = desk.options;
  if (!put || !other) throw new Error('no options');
  desk.api.placeOrder(1, contractOf(put), limit(0.05));
  await desk.pass(1);
  desk.api.placeOrder(1, contractOf(put), limit(0.06));
  await desk.pass(1);
  const shown = shownOrders(desk.client).at(-1);
  desk.api.placeOrder(1, shown?.contract ?? {}, limit(0.07));
  await desk.pass(1);
  expect(errors(desk.client)).toEqual([]);
  desk.api.placeOrder(1, contractOf(other), limit(0.08));
  await desk.pass(1);
  expect(errors(desk.client).map(([, code]) => code)).toEqual([105]);
  expect(await priceOf()).toEqual([0.07]);
});
