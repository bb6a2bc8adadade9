/** A8: cancelled or refused by the system after acceptance. A11: Inactive in lists. 42: completed orders just after. */
import { EventName, OrderAction } from '@stoqey/ib';
import {
  calls,
  completedOrders,
  condor,
  contractOf,
  type Desk,
  errors,
  limit,
  openDesk,
  openOrders,
  statuses,
} from './support/desk.js';

let desk: Desk;

afterEach(() => desk.close());

const TOO_FAR = 'Limit price too far outside of NBBO.';

function buy(orderId: number, lmtPrice: number): void {
  const [put] = desk.options;
  if (put) desk.api.placeOrder(orderId, contractOf(put), limit(lmtPrice));
}

/** Marketable, and not too far from the market. */
const natural = (): number => {
  const [put] = desk.options;
  return (put && desk.market.quote(put.conId, desk.gateway.now())?.ask) ?? Number.NaN;
};

const completed = async () =>
  (await completedOrders(desk.client)).map(({ state }) => [state.status, state.completedStatus]);

const listed = async () => (await openOrders(desk.client)).map(({ orderId, state }) => [orderId, state.status]);

describe('A8: a limit too far from the market', () => {
  it('is accepted, then cancelled by the system with the reason, and never fills', async () => {
    desk = await openDesk();
    buy(1, 60);
    await desk.pass(0);
    expect(statuses(desk.client, 1)).toEqual(['PreSubmitted', 'Submitted']);
    await desk.pass(1);
    expect(statuses(desk.client, 1).at(-1)).toBe('Cancelled');
    expect(errors(desk.client)).toEqual([[1, 202, `Order Canceled - reason:${TOO_FAR}`]]);
    expect(await completed()).toEqual([['Cancelled', `Cancelled by System:${TOO_FAR}`]]);
    await desk.pass(3);
    expect(calls(desk.client, EventName.execDetails)).toEqual([]);
  });

  it('is cancelled as well after a change to such a limit', async () => {
    desk = await openDesk();
    buy(1, 0.05);
    await desk.pass(2);
    buy(1, 60);
    await desk.pass(2);
    expect(errors(desk.client).map(([, code]) => code)).toEqual([202]);
    expect(await listed()).toEqual([]);
  });

  it('lives on when a change brings it near the market first', async () => {
    desk = await openDesk({ latencySeconds: 5 });
    buy(1, 60);
    await desk.pass(2);
    buy(1, 0.05);
    await desk.pass(8);
    expect(errors(desk.client)).toEqual([]);
    expect(await listed()).toEqual([[1, 'Submitted']]);
  });

  it('is refused at once with that scenario setting', async () => {
    desk = await openDesk({ tooFarAnswer: 'refused' });
    buy(1, 60);
    await desk.pass(1);
    expect(errors(desk.client)).toEqual([[1, 201, `Order rejected - reason:${TOO_FAR}`]]);
    expect(statuses(desk.client, 1)).toEqual([]);
  });
});

describe('A8, A11: the system ends an accepted order by a fault', () => {
  it.each([
    ['cancelled', [202, 'Order Canceled - reason:Odd.'], ['Cancelled', 'Cancelled by System:Odd.']],
    ['refused', [201, 'Order rejected - reason:Odd.'], ['Cancelled', 'Rejected by System:Odd.']],
  ] as const)('%s, some time after its acknowledgement', async (as, [code, text], done) => {
    desk = await openDesk({ acknowledgements: { comboSeconds: [2, 2] } });
    desk.gateway.fault({ kind: 'endNext', as, ms: 3_000, text: 'Odd.' });
    desk.api.placeOrder(1, condor(desk), limit(-8.45));
    desk.api.placeOrder(2, condor(desk), limit(-8.45));
    await desk.pass(4);
    expect(statuses(desk.client, 1)).toEqual(['PreSubmitted', 'Submitted']);
    await desk.pass(1);
    expect(statuses(desk.client, 1).at(-1)).toBe('Cancelled');
    expect(errors(desk.client)).toEqual([[1, code, text]]);
    expect(await completed()).toEqual([done]);
    await desk.pass(10);
    expect(await listed()).toEqual([[2, 'Submitted']]);
  });

  it.each(['cancelled', 'refused'] as const)('%s, its waiting children end with it', async (as) => {
    desk = await openDesk();
    const [put] = desk.options;
    if (!put) throw new Error('no option');
    const child = { action: OrderAction.SELL, parentId: 1 };
    desk.gateway.fault({ kind: 'endNext', as, ms: 3_000 });
    desk.api.placeOrder(1, contractOf(put), limit(0.05, { transmit: false }));
    desk.api.placeOrder(2, contractOf(put), limit(40, child));
    await desk.pass(2);
    expect((await listed()).map(([id]) => id)).toEqual([1, 2]);
    await desk.pass(2);
    expect(await listed()).toEqual([]);
    expect(statuses(desk.client, 2).at(-1)).toBe('Cancelled');
  });

  it('the error of a late refusal comes before the status, that of a cancel after it', async () => {
    const order = async (as: 'cancelled' | 'refused') => {
      desk = await openDesk();
      desk.gateway.fault({ kind: 'endNext', as });
      buy(1, 0.05);
      await desk.pass(2);
      const heard = desk.client.heard.flatMap(([name, first, second]) => {
        if (name === EventName.orderStatus) return [String(second)];
        return name === EventName.error && first instanceof Error ? [String(second)] : [];
      });
      return heard.slice(-2);
    };
    expect(await order('cancelled')).toEqual(['Cancelled', '202']);
    await desk.close();
    expect(await order('refused')).toEqual(['201', 'Cancelled']);
  });

  it('A11: Inactive, it stays in the lists of every session, does not fill, and a cancel ends it', async () => {
    desk = await openDesk();
    desk.gateway.fault({ kind: 'endNext', as: 'inactive', ms: 1_000 });
    desk.gateway.fault({ kind: 'hold', conId: desk.options[0]?.conId ?? 0 });
    buy(1, natural() + 1);
    await desk.pass(1);
    desk.gateway.fault({ kind: 'hold', conId: desk.options[0]?.conId ?? 0, off: true });
    await desk.pass(5);
    expect(statuses(desk.client, 1).at(-1)).toBe('Inactive');
    expect(errors(desk.client).map(([, code]) => code)).toEqual([201]);
    expect(await listed()).toEqual([[1, 'Inactive']]);
    const other = await desk.connect(2);
    expect((await openOrders(other)).map(({ state }) => state.status)).toEqual(['Inactive']);
    expect(await completed()).toEqual([]);
    desk.api.cancelOrder(1);
    await desk.pass(2);
    expect(await listed()).toEqual([]);
    expect(await completed()).toEqual([['Cancelled', 'Cancelled by Trader']]);
    expect(calls(desk.client, EventName.execDetails)).toEqual([]);
  });

  it('A11: an Inactive order becomes active by a change, and ends with its day', async () => {
    desk = await openDesk();
    desk.gateway.fault({ kind: 'endNext', as: 'inactive', ms: 1_000, n: 2 });
    buy(1, 0.05);
    buy(2, 0.05);
    await desk.pass(2);
    buy(1, 0.06);
    await desk.pass(2);
    expect(statuses(desk.client, 1).slice(-3)).toEqual(['Inactive', 'PreSubmitted', 'Submitted']);
    while (desk.gateway.now() < Date.parse('2026-03-02T21:20:00Z'))
      desk.gateway.advance(Date.parse('2026-03-02T21:20:00Z'));
    expect(await listed()).toEqual([]);
    expect((await completed()).map(([status]) => status)).toEqual(['Cancelled', 'Cancelled']);
  });
});

describe('A11: an order refused for lack of margin', () => {
  it.each(['listed', 'gone'] as const)('goes Inactive and is %s', async (inactiveOrders) => {
    desk = await openDesk({ cash: 800, inactiveOrders });
    desk.api.placeOrder(1, condor(desk), limit(-4, { totalQuantity: 5 }));
    await desk.pass(1);
    expect(statuses(desk.client, 1)).toEqual(['Inactive']);
    expect(errors(desk.client).map(([id, code]) => [id, code])).toEqual([[1, 201]]);
    expect(await listed()).toEqual(inactiveOrders === 'listed' ? [[1, 'Inactive']] : []);
  });
});

describe('42: the completed order of a fill', () => {
  it('a completed fill has quantity 0 and its filled quantity, and right after the fill no time or text', async () => {
    desk = await openDesk();
    buy(1, natural() + 1);
    await desk.pass(1);
    const [fresh] = await completedOrders(desk.client);
    expect(fresh?.order).toMatchObject({ totalQuantity: 0, filledQuantity: 1 });
    expect(fresh?.state).toMatchObject({ status: 'Filled', completedStatus: '', completedTime: '' });
    await desk.pass(1);
    const [later] = await completedOrders(desk.client);
    expect(later?.order).toMatchObject({ totalQuantity: 0, filledQuantity: 1 });
    expect(later?.state).toMatchObject({ status: 'Filled', completedStatus: 'Filled Size: 1' });
    expect(later?.state.completedTime).toMatch(/^20260302 10:00:01 US\/Eastern$/);
  });

  it('lacks the filled quantity with a fault', async () => {
    desk = await openDesk();
    buy(1, natural() + 1);
    await desk.pass(3);
    desk.gateway.fault({ kind: 'bareCompleted' });
    expect((await completedOrders(desk.client))[0]?.order).toMatchObject({ totalQuantity: 0, filledQuantity: 0 });
    expect((await completedOrders(desk.client))[0]?.order).toMatchObject({ totalQuantity: 0, filledQuantity: 1 });
  });

  it('43: the completed order of a cancel keeps its quantity', async () => {
    desk = await openDesk();
    buy(1, 0.05);
    await desk.pass(1);
    desk.api.cancelOrder(1);
    await desk.pass(2);
    const [row] = await completedOrders(desk.client);
    expect(row?.order).toMatchObject({ totalQuantity: 1, filledQuantity: 0 });
    expect(row?.state).toMatchObject({ status: 'Cancelled', completedStatus: 'Cancelled by Trader' });
  });
});
