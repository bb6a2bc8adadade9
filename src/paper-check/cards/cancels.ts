/** Cards about the end of a cancelled combination. */
import { numberOf, textOf } from 'ib-gateway/client';
import { agrees, agreesIf, type Card, differs } from '../card.js';
import { ENDED, errorText, sequence } from '../orders.js';
import { cancelled, listed } from '../resting.js';
import { ANSWER_MS } from '../stage.js';

export const cancelCards: readonly Card[] = [
  {
    id: 'combo-cancelled',
    assumption: 'A cancel is answered with status Cancelled and error 202; a PendingCancel may come before.',
    source: 'QuantConnect Lean PR 248; recorded frames of ibkr-go',
    place: 'src/activities/orders/cancel.ts',
    method: 'Cancel the combination.',
    needs: ['open'],
    run: async (stage) => {
      const { order, answer } = await cancelled(stage);
      await stage.link.until(order.mark, (frame) => order.isError(frame, 202), 3_000);
      const all = order.messages(answer[0]?.index ?? order.mark);
      const [ended, told] = [
        all.some((frame) => order.isStatus(frame, 'Cancelled', 'ApiCancelled')),
        all.some((frame) => order.isError(frame, 202)),
      ];
      return agreesIf(ended && told, sequence(all), 'The end of an order would be reported differently.');
    },
  },
  {
    id: 'combo-cancelled-twice',
    assumption:
      'A cancel of an order that has ended is answered with 10148 and its state, or with 10147 when it is forgotten.',
    source: 'erdewit/ib_insync#656',
    place: 'src/domain/order/error-codes.ts',
    method: 'Cancel the combination once more.',
    needs: ['open'],
    run: async (stage) => {
      const { order } = await cancelled(stage);
      await stage.link.ready();
      const mark = stage.link.mark;
      stage.link.send('CANCEL_ORDER', { orderId: order.orderId });
      const answer = await stage.link.until(
        mark,
        (frame) => order.isError(frame) && !order.isError(frame, 202),
        ANSWER_MS,
      );
      const code = numberOf(answer?.values ?? {}, 'code') ?? 0;
      return agreesIf(
        [10147, 10148, 161, 135].includes(code) && code > 10000,
        answer ? errorText(answer) : 'no answer',
        'It is answered differently.',
      );
    },
  },
  {
    id: 'combo-completed',
    serves: ['REQ_COMPLETED_ORDERS'],
    assumption:
      'A cancelled order is among the completed ones with its reference and quantity, filled 0, without an order id.',
    source: 'rust-ibapi src/orders/async.rs (captured row); erdewit/ib_insync#559; rust-ibapi#220',
    place: 'src/broker/order-rows.ts',
    method: 'Ask for the completed orders.',
    needs: ['open'],
    run: async (stage) => {
      const { order } = await cancelled(stage);
      const row = (await stage.completedOrders()).find(({ values }) => textOf(values, 'orderRef') === order.reference);
      if (!row) return differs('not in the list', 'A lost order could not be proved to have ended.');
      const [quantity, filled, status] = [
        numberOf(row.values, 'quantity'),
        numberOf(row.values, 'filledQuantity') ?? 0,
        textOf(row.values, 'status'),
      ];
      const holds = status === 'Cancelled' && filled === 0 && quantity === 1;
      const told = `${status}, quantity ${quantity}, filled ${filled}, ${textOf(row.values, 'completedStatus') || 'no reason'}`;
      return agreesIf(
        holds,
        `${told}, ${textOf(row.values, 'completedTime') || 'no time'}`,
        'The end would be misread.',
      );
    },
  },
  {
    id: 'combo-gone',
    assumption: 'An order that was cancelled is in no list of open orders any more.',
    source: 'IB TWS API documentation, EClient::reqAllOpenOrders',
    place: 'src/domain/order/evidence.ts',
    method: 'Ask for all open orders after the cancel.',
    needs: ['open'],
    run: async (stage) => {
      const { order } = await cancelled(stage);
      const row = await listed(stage, order);
      const status = textOf(row?.values ?? {}, 'status');
      if (row === undefined) return agrees('not in the list');
      return agreesIf(ENDED.includes(status), `listed as ${status}`, 'An ended order would count as working.');
    },
  },
];
