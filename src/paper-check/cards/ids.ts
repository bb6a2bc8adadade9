/** Cards about order ids: how a refused order uses one up, and how another client's orders restrict ours. */
import { numberOf, textOf } from 'ib-gateway/client';
import { agreesIf, type Card } from '../card.js';
import { debitCombo, FAR_DEBIT } from '../contracts.js';
import { errorText, type Placed, sequence, UNLISTED } from '../orders.js';
import { NotTried, REFUSED_MS, SETTLED_MS, type Stage } from '../stage.js';

/** Distance of the other client's id above our next one. */
const AHEAD = 50;

/** An order of a second client, with an id far above ours: the order, and the id that would have been our next one. */
function others(stage: Stage): Promise<{ readonly order: Placed; readonly ours: number }> {
  return stage.once('other client', async () => {
    const link = await stage.other();
    const told = await link.until(0, ({ name }) => name === 'NEXT_VALID_ID', 10_000);
    if (!told) throw new NotTried('A second client id got no session.');
    const ours = stage.link.newOrderId();
    const orderId = Math.max(ours, link.newOrderId()) + AHEAD;
    const order = await stage.working(
      'ids-other',
      { contract: await debitCombo(stage), limitPrice: FAR_DEBIT },
      { link, orderId },
    );
    return { order, ours };
  });
}

async function firstRefusal(stage: Stage, card: string, ms: number, orderId?: number) {
  const terms = { contract: await debitCombo(stage), limitPrice: FAR_DEBIT };
  const order = await stage.placed(card, terms, orderId === undefined ? {} : { orderId });
  const refused = await stage.refusal(order, ms);
  await stage.cancelAll([order]);
  return { order, refused };
}

export const idCards: readonly Card[] = [
  {
    id: 'ids-other-listed',
    assumption:
      'The list of all open orders has the orders of other clients, with their client id, order id and reference.',
    source: 'IB TWS API documentation, EClient::reqAllOpenOrders; rust-ibapi#312',
    place: 'src/broker/order-book.ts',
    method: 'Place a far combination from a second client id and ask for all open orders from the first.',
    needs: ['open'],
    run: async (stage) => {
      const { order } = await others(stage);
      const rows = await stage.openOrders();
      const row = rows.find(
        ({ name, values }) => name === 'OPEN_ORDER' && textOf(values, 'orderRef') === order.reference,
      );
      const { values = {} } = row ?? {};
      const holds =
        numberOf(values, 'clientId') === order.link.clientId && numberOf(values, 'orderId') === order.orderId;
      return agreesIf(
        holds,
        row ? `order id ${numberOf(values, 'orderId')}, client id ${numberOf(values, 'clientId')}` : 'not in the list',
        'Orders of other clients could not be told apart from ours.',
      );
    },
  },
  {
    id: 'ids-below-others',
    assumption:
      'After that list, an order id that is not above every id in it, including those of other clients, is refused with 103.',
    source:
      'IB TWS API documentation, order management; QuantConnect Lean.Brokerages.InteractiveBrokers; ib_async wrapper.py',
    place: 'src/broker/orders.ts',
    method: 'Place a far combination under our next id, which is below the one of the second client.',
    needs: ['open'],
    run: async (stage) => {
      const { ours } = await others(stage);
      await stage.openOrders();
      const { order, refused } = await firstRefusal(stage, 'ids-below', REFUSED_MS, ours);
      const is103 = numberOf(refused?.values ?? {}, 'code') === 103;
      return agreesIf(
        is103,
        refused ? errorText(refused) : sequence(order.messages()),
        'The documented rule does not hold.',
      );
    },
  },
  {
    id: 'ids-above-others',
    assumption: 'An order id above every id in the list is accepted.',
    source: 'IB TWS API documentation, order management',
    place: 'src/broker/orders.ts',
    method: 'Place a far combination under an id above that of the second client.',
    needs: ['open'],
    run: async (stage) => {
      const { order: other } = await others(stage);
      await stage.openOrders();
      const { order, refused } = await firstRefusal(stage, 'ids-above', SETTLED_MS);
      await stage.cancelAll([other]);
      return agreesIf(
        refused === undefined,
        refused ? errorText(refused) : sequence(order.messages()),
        'Exits could not be sent.',
      );
    },
  },
  {
    id: 'ids-of-refused',
    assumption: 'The id of a refused order counts as used: a further order under it is refused with 103.',
    source: 'erdewit/ib_insync#80',
    place: 'src/broker/orders.ts',
    method: 'Place an order for a contract that does not exist, then a far combination under its id.',
    needs: ['open'],
    run: async (stage) => {
      const refused = await stage.placed('ids-refused', { contract: UNLISTED, limitPrice: FAR_DEBIT });
      const again = await firstRefusal(stage, 'ids-refused', REFUSED_MS, refused.orderId);
      const is103 = numberOf(again.refused?.values ?? {}, 'code') === 103;
      return agreesIf(
        is103,
        again.refused ? errorText(again.refused) : sequence(again.order.messages()),
        'The id can be used again.',
      );
    },
  },
];
