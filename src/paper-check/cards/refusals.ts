/** Cards about orders that the broker refuses: its codes, and that no order is left. */

import { numberOf, textOf, type Values } from 'ib-gateway/client';
import { agreesIf, type Card } from '../card.js';
import { creditCombo, debitCombo, FAR_DEBIT, verticalOf } from '../contracts.js';
import { errorText, goodTill, isAdvice, singleContract, UNLISTED } from '../orders.js';
import { ANSWER_MS, type Stage } from '../stage.js';

interface Refused {
  readonly id: string;
  readonly assumption: string;
  readonly source: string;
  readonly place: string;
  readonly method: string;
  readonly codes: readonly number[];
  /** Text that the broker's message must contain. */
  readonly text?: RegExp;
  /** Fields of the order besides the usual ones. */
  terms(stage: Stage): Promise<{ readonly contract: Values; readonly limitPrice: number; readonly more?: Values }>;
}

/** An order that must be refused with one of some codes, and must not be in the list of open orders afterwards. */
function refusedCard({ codes, terms, text, ...card }: Refused): Card {
  return {
    ...card,
    needs: ['open'],
    run: async (stage) => {
      const order = await stage.placed(card.id, await terms(stage));
      const refused = await stage.refusal(order);
      const rows = await stage.openOrders();
      const stays = rows.some(
        ({ name, values }) => name === 'OPEN_ORDER' && textOf(values, 'orderRef') === order.reference,
      );
      const code = numberOf(refused?.values ?? {}, 'code') ?? 0;
      await stage.cancelAll([order]);
      return agreesIf(
        codes.includes(code) && !stays && (text?.test(textOf(refused?.values ?? {}, 'text')) ?? true),
        `${refused ? errorText(refused) : 'not refused'}${stays ? '; it works' : ''}`,
        'The refusal would not be recognised.',
      );
    },
  };
}

const option = async (stage: Stage) => {
  const { upper } = await verticalOf(stage);
  return singleContract(numberOf(upper.values, 'conId') ?? 0);
};

export const refusalCards: readonly Card[] = [
  refusedCard({
    id: 'refused-no-exchange',
    assumption: 'An order whose contract names no exchange is refused with 321, even with a contract id.',
    source: 'Prograsaur/brb issue 1; ib_async tests/test_requests.py; qtpylib issue 50',
    place: 'src/broker/ib-order.ts',
    method: 'Buy a put of SPY by its id at 0.05, without an exchange.',
    codes: [321],
    terms: async (stage) => ({ contract: { ...(await option(stage)), exchange: '' }, limitPrice: FAR_DEBIT }),
  }),
  refusedCard({
    id: 'refused-off-grid',
    assumption: 'A price that is off the grid of its market rule is refused with 110.',
    source: 'IB TWS API documentation, message codes (110)',
    place: 'src/domain/order/error-codes.ts',
    method: 'Buy a put of SPY at 0.055.',
    codes: [110],
    terms: async (stage) => ({ contract: await option(stage), limitPrice: 0.055 }),
  }),
  refusedCard({
    id: 'refused-no-contract',
    assumption: 'An order for a contract that does not exist is refused with 200, and no status follows.',
    source: 'QuantConnect Lean PR 245; scmhub/ibsync#10',
    place: 'src/domain/order/error-codes.ts',
    method: 'Buy a put of SPY with a strike of 1.23 at 0.05.',
    codes: [200],
    terms: async () => ({ contract: UNLISTED, limitPrice: FAR_DEBIT }),
  }),
  refusedCard({
    id: 'refused-type',
    assumption: 'An order type that options do not have is refused with 387 and nothing else.',
    source: 'QuantConnect Lean issue 7720 and its list of invalidating codes',
    place: 'src/domain/order/error-codes.ts',
    method: 'Buy a put of SPY with the order type MIDPRICE.',
    codes: [387],
    terms: async (stage) => ({ contract: await option(stage), limitPrice: FAR_DEBIT, more: { orderType: 'MIDPRICE' } }),
  }),
  refusedCard({
    id: 'refused-past',
    assumption: 'An order whose good-till time is over is refused and never works, not even briefly.',
    source: 'IB TWS API documentation, time in force',
    place: 'src/activities/orders/place.ts',
    method: 'Buy the vertical at 0.05, good till an hour ago.',
    codes: [201, 391, 321, 202],
    terms: async (stage) => ({
      contract: await debitCombo(stage),
      limitPrice: FAR_DEBIT,
      more: { goodTillDate: await pastTime(stage) },
    }),
  }),
  refusedCard({
    id: 'refused-riskless',
    assumption: 'A combination at a price that leaves no risk is refused with 201 and the word riskless.',
    source: 'refusal texts in the tests of three public bots',
    place: 'src/domain/order/refusal.ts',
    method: 'Buy the vertical for less than nothing, at -0.05.',
    codes: [201],
    terms: async (stage) => ({ contract: await debitCombo(stage), limitPrice: -FAR_DEBIT }),
    text: /riskless/i,
  }),
  {
    id: 'refused-opposite',
    assumption:
      'An order on the opposite side of an option that has a working order in the account is refused with 201 and the words both sides.',
    source: 'erdewit/ib_insync#694; refusal texts in the tests of public bots',
    place: 'src/domain/order/refusal.ts',
    method: 'Buy the vertical far below the market, and beside it the reversed one at a credit far above.',
    needs: ['open'],
    run: async (stage) => {
      const first = await stage.working('refused-opposite', {
        contract: await debitCombo(stage),
        limitPrice: FAR_DEBIT,
      });
      const { width } = await verticalOf(stage);
      const limitPrice = -Math.round(width * 90) / 100;
      const second = await stage.placed('refused-opposite', { contract: await creditCombo(stage), limitPrice });
      const refused = await stage.refusal(second);
      await stage.cancelAll([first, second]);
      const holds =
        numberOf(refused?.values ?? {}, 'code') === 201 && /both sides/i.test(textOf(refused?.values ?? {}, 'text'));
      return agreesIf(
        holds,
        refused ? errorText(refused) : 'not refused',
        'A resting stop and an entry could be on opposite sides of one option.',
      );
    },
  },
  {
    id: 'refused-duplicate',
    assumption: 'A new order under an id that was used before is refused with 103 or 104.',
    source: 'IB TWS API documentation, message codes (103, 104)',
    place: 'src/domain/order/error-codes.ts',
    method: 'Place and cancel a vertical, then place another under its id.',
    needs: ['open'],
    run: async (stage) => {
      const contract = await debitCombo(stage);
      const first = await stage.working('refused-duplicate', { contract, limitPrice: FAR_DEBIT });
      await stage.cancel(first);
      const again = await stage.place(
        'refused-duplicate',
        { contract, limitPrice: FAR_DEBIT },
        { orderId: first.orderId },
      );
      const isAnswer = (code: number) => code !== 202 && code !== 10148;
      const answer = await stage.link.until(
        again.mark,
        (frame) =>
          (again.isError(frame) && isAnswer(numberOf(frame.values, 'code') ?? 0) && !isAdvice(frame)) ||
          again.isStatus(frame, 'Submitted', 'PreSubmitted'),
        ANSWER_MS,
      );
      await stage.cancelAll([again]);
      const code = numberOf(answer?.values ?? {}, 'code') ?? 0;
      const seen = answer?.name === 'ERR_MSG' ? errorText(answer) : answer ? 'taken as a new order' : 'no answer';
      return agreesIf([103, 104].includes(code), seen, 'An id could name two orders.');
    },
  },
  {
    id: 'refused-unknown-cancel',
    assumption: 'A cancel of an id that no order has is answered with 10147.',
    source: 'erdewit/ib_insync#656 and #690',
    place: 'src/domain/order/error-codes.ts',
    method: 'Cancel an order id that was never used.',
    run: async (stage) => {
      await stage.link.ready();
      const [mark, orderId] = [stage.link.mark, stage.link.newOrderId()];
      stage.link.send('CANCEL_ORDER', { orderId });
      const answer = await stage.link.until(
        mark,
        ({ name, values }) => name === 'ERR_MSG' && numberOf(values, 'id') === orderId,
        ANSWER_MS,
      );
      return agreesIf(
        numberOf(answer?.values ?? {}, 'code') === 10147,
        answer ? errorText(answer) : 'no answer',
        'It is answered differently.',
      );
    },
  },
];

async function pastTime(stage: Stage): Promise<string> {
  return goodTill((await stage.now()) - 3_600_000, 0);
}
