/** Cards about changes to a working combination. */
import { numberOf, textOf } from 'ib-gateway/client';
import { isSameMoment } from '../broker-time.js';
import { agreesIf, type Card, differs } from '../card.js';
import type { Frame } from '../link.js';
import { errorText, goodTill } from '../orders.js';
import { CHANGED, changeAnswer, changed, listed, priceOf } from '../resting.js';

const SOURCE_105 = 'erdewit/ib_insync#464; scmhub/ibsync#13 and PR 14; QuantConnect Lean issue 66 and PR 90';

export const changeCards: readonly Card[] = [
  {
    id: 'combo-change-shown',
    assumption: 'A change of the price that carries the contract as the broker shows it is accepted.',
    source: SOURCE_105,
    place: 'src/broker/ib-order.ts',
    method: 'Change the price to 0.06 with the contract of the OPEN_ORDER.',
    needs: ['open'],
    run: async (stage) => {
      const { answer, isTaken } = await changed(stage);
      if (answer === undefined) return differs('no answer', 'A price walk would not know its current price.');
      return agreesIf(
        isTaken,
        isTaken ? `shown at ${priceOf(answer)}` : errorText(answer),
        'A price walk of a combination would stay at its first price.',
      );
    },
  },
  {
    id: 'combo-change-placed',
    assumption:
      'A change that carries the contract as it was placed is refused with 105, and the order keeps working at its old price.',
    source: SOURCE_105,
    place: 'src/broker/ib-order.ts',
    method: 'Change the price to 0.07 with the contract as it was placed; then look at the list of open orders.',
    needs: ['open'],
    run: async (stage) => {
      const { order } = await changed(stage);
      const before = priceOf(await listed(stage, order));
      const mark = await stage.change(order, { limitPrice: 0.07 });
      const { answer, isRefused } = await changeAnswer(stage, order, mark, (frame) => priceOf(frame) === 0.07);
      const after = priceOf(await listed(stage, order));
      const is105 = isRefused && numberOf(answer?.values ?? {}, 'code') === 105;
      const seen = answer === undefined ? 'no answer' : isRefused ? errorText(answer) : `taken at ${priceOf(answer)}`;
      return agreesIf(
        is105 && after === before,
        `${seen}; works at ${after ?? 'nothing'}`,
        'It is accepted, or refused in another way.',
      );
    },
  },
  {
    id: 'combo-change-refused',
    assumption: 'A change that is refused for its price (110) leaves the order working at its old one.',
    source: 'erdewit/ib_insync#502; ib_async wrapper.py',
    place: 'src/domain/order/error-codes.ts',
    method: 'Change the price to 0.065 with the contract of the OPEN_ORDER; then look at the list of open orders.',
    needs: ['open'],
    run: async (stage) => {
      const { order, contract } = await changed(stage);
      const before = priceOf(await listed(stage, order));
      const mark = await stage.change(order, { ...contract, limitPrice: 0.065 });
      const { answer, isRefused } = await changeAnswer(stage, order, mark, (frame) => priceOf(frame) === 0.065);
      const after = priceOf(await listed(stage, order));
      const is110 = isRefused && numberOf(answer?.values ?? {}, 'code') === 110;
      const seen = answer === undefined ? 'no answer' : isRefused ? errorText(answer) : 'taken';
      return agreesIf(
        is110 && after === before,
        `${seen}; works at ${after ?? 'nothing'}`,
        'The order ended, or its price moved.',
      );
    },
  },
  {
    id: 'combo-change-good-till',
    assumption:
      'A change of the good-till time is accepted, or refused while the order keeps working; it never ends the order.',
    source: 'IB TWS API documentation, modifying orders (it advises to change price, size and time in force only)',
    place: 'src/activities/orders/walk-reprice.ts',
    method: 'Change the good-till time with the contract of the OPEN_ORDER; then look at the list of open orders.',
    needs: ['open'],
    run: async (stage) => {
      const { order, contract } = await changed(stage);
      const until = goodTill(await stage.now(), 240_000);
      const mark = await stage.change(order, { ...contract, limitPrice: CHANGED, goodTillDate: until });
      const isTaken = (frame: Frame) => isSameMoment(until, textOf(frame.values, 'goodTillDate'));
      const { answer, isRefused } = await changeAnswer(stage, order, mark, isTaken);
      const row = await listed(stage, order);
      const seen = answer === undefined ? 'no answer' : isRefused ? `refused: ${errorText(answer)}` : 'taken';
      return agreesIf(
        row !== undefined,
        `${seen}; ${row ? 'the order works' : 'the order is gone'}`,
        'The order ended.',
      );
    },
  },
];
