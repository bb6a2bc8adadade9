/** Request ids and order ids never meet, whatever ids other clients use. */
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LAST_ORDER_ID, RequestIds, requestIds } from '../../src/broker/request-ids.js';
import { findCondor, payloadOf, place, present, until, usable } from './support.js';
import { startTapped, type TappedWorld } from './tap.js';

/** Order ids anywhere, and near those of requests. */
const anywhere = fc.oneof(
  fc.integer({ min: 1, max: LAST_ORDER_ID }),
  fc.integer({ min: 1, max: 10_000_000 }),
  fc.integer({ min: 905_000_000, max: 925_000_000 }),
  fc.integer({ min: LAST_ORDER_ID - 2_000_000, max: LAST_ORDER_ID }),
);

describe('ids of requests', () => {
  it('are given out once, are recognised, and never equal a known order id', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anywhere, fc.integer({ min: 1, max: 50 })), { maxLength: 30 }), (steps) => {
        const ids = new RequestIds();
        const orders = new Set<number>();
        const given = new Set<number>();
        for (const [order, requests] of steps) {
          orders.add(order);
          ids.noteOrder(order);
          for (let request = 0; request < requests; request++) {
            const id = ids.next();
            expect(given.has(id) || orders.has(id)).toBe(false);
            expect(ids.has(id)).toBe(true);
            expect(id).toBeLessThanOrEqual(LAST_ORDER_ID);
            given.add(id);
          }
          // Our own orders go on above all known ids, and skip those of requests.
          const own = ids.clear(Math.max(...orders) + 1);
          expect(given.has(own)).toBe(false);
          expect(own).toBeGreaterThan(Math.max(...orders));
        }
      }),
    );
  });

  it('leave a band as soon as an order id comes near it', () => {
    const ids = new RequestIds();
    const first = ids.next();
    ids.noteOrder(first - 10);
    const second = ids.next();
    expect(second - first).toBeGreaterThan(1_000_000);
    expect(ids.has(first) && ids.has(second)).toBe(true);
    expect(ids.clear(first - 9)).toBe(first - 9);
    expect(ids.clear(first)).toBe(first + 1);
  });

  it('warn when few order ids are left; the id of manual orders, the highest of all, does not count', () => {
    const ids = new RequestIds();
    ids.noteOrder(2_147_483_647);
    expect(ids.shortage).toBeUndefined();
    ids.noteOrder(LAST_ORDER_ID - 5);
    expect(ids.shortage).toContain('Only 5 order ids are left');
  });
});

let world: TappedWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

it.each([5_000_000, 905_969_000, 906_500_000, 2_000_000_000])(
  'beside an order id %i of the gateway, requests are answered, and an order and its errors are recognised',
  async (base) => {
    // The gateway counts from one; the tap shifts its order ids up, as if others had used all below.
    const shift = (values: Readonly<Record<string, unknown>>, by: number, name: string) => ({
      ...values,
      [name]: Number(values[name]) + by,
    });
    const started = await startTapped({ gateway: { stepped: true }, control: true }, (tap) => {
      tap.answer = ({ name, values }) => {
        if (name === 'NEXT_VALID_ID' || name === 'OPEN_ORDER' || name === 'ORDER_STATUS')
          return [{ name, values: shift(values, base, 'orderId') as typeof values }];
        if (name === 'ERR_MSG' && Number(values.id) > 0 && Number(values.id) < 1_000)
          return [{ name, values: shift(values, base, 'id') as typeof values }];
        return undefined;
      };
      tap.ask = ({ name, values }) =>
        name === 'PLACE_ORDER' || name === 'CANCEL_ORDER'
          ? [{ name, values: shift(values, -base, 'orderId') as typeof values }]
          : undefined;
    });
    world = started;
    const { broker, events } = started;
    await usable(broker);
    const condor = await findCondor(broker);
    const { orderId } = place(started, payloadOf(condor, condor.natural - 500_000), 'LW|x-1-1|1|combo|1');
    expect(orderId).toBeGreaterThanOrEqual(base);
    expect(requestIds.has(orderId)).toBe(false);
    await until(() => events.some((event) => event.kind === 'order' && event.order.orderId === orderId));
    const bad = place(started, payloadOf(condor, 1), 'LW|x-1-1|1|combo|2');
    const error = await until(() => events.find((event) => event.kind === 'error'));
    expect(error).toMatchObject({ orderId: bad.orderId });
    // Requests go on as before.
    expect((await broker.orders.openOrders()).complete).toBe(true);
    expect((await broker.details([present(condor.legs[0]).details.contract.conId])).length).toBe(1);
    expect(await broker.details([999_999_999])).toEqual([]);
    expect(events.filter((event) => event.kind === 'error').length).toBe(1);
  },
);
