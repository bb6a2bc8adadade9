/** Cards about combinations that wait for a price, and about how many may work at once. */
import { numberOf, rowsOf, textOf } from 'ib-gateway/client';
import { agreesIf, type Card } from '../card.js';
import { debitCombo, FAR_DEBIT, priceOf, underlyingOf, verticalOf } from '../contracts.js';
import { BY_BID_ASK, last, levels, refusalOf, works } from '../family.js';
import { errorText, type Placed, sequence, singleContract } from '../orders.js';
import { SETTLED_MS } from '../stage.js';

/** IB's numbers: trigger by the last price; a condition on a price. */
const BY_LAST = 2;
const TYPE_PRICE = 1;

export const waitingCards: readonly Card[] = [
  {
    id: 'stop-combo',
    assumption: 'A stop limit on a combination is accepted with the named trigger method, bid and ask.',
    source: 'IB TWS API documentation, trigger methods; not known of combinations',
    place: 'src/broker/ib-order.ts',
    method: 'Buy the vertical by a stop limit at 80 % of its width, far above what it is worth.',
    needs: ['open'],
    run: async (stage) => {
      const { stop, limit } = await levels(stage);
      const more = { orderType: 'STP LMT', auxPrice: stop, triggerMethod: BY_BID_ASK };
      const order = await stage.placed('stop', { contract: await debitCombo(stage), limitPrice: limit, more });
      await stage.refusal(order, SETTLED_MS);
      const row = last(order);
      const seen = `${sequence(order.messages())}; ${textOf(row, 'orderType')} at ${numberOf(row, 'auxPrice')}, method ${numberOf(row, 'triggerMethod')}`;
      const holds =
        works(order) && textOf(row, 'orderType') === 'STP LMT' && numberOf(row, 'triggerMethod') === BY_BID_ASK;
      await stage.cancelAll([order]);
      return agreesIf(holds, seen, 'orders.protective.kind: combo would protect nothing.');
    },
  },
  {
    id: 'condition-combo',
    assumption: 'A combination with a price condition on its underlying is accepted and waits as PreSubmitted.',
    source: 'IB TWS API documentation, order conditioning; not known of combinations',
    place: 'src/broker/ib-order.ts',
    method: 'Place a far combination that waits for SPY at half its price.',
    needs: ['open'],
    run: async (stage) => {
      const { values } = await underlyingOf(stage, 'SPY');
      const price = Math.round((await priceOf(stage, 'SPY')) * 0.5);
      const condition = {
        ...{ type: TYPE_PRICE, conjunction: 'o', isMore: false, value: String(price) },
        ...{ conId: numberOf(values, 'conId') ?? 0, exchange: 'SMART', triggerMethod: BY_LAST },
      };
      const more = { conditions: [condition], conditionsIgnoreRth: false, conditionsCancelOrder: false };
      const order = await stage.placed('condition', { contract: await debitCombo(stage), limitPrice: FAR_DEBIT, more });
      await stage.refusal(order, SETTLED_MS);
      const [shown] = rowsOf(last(order), 'conditions');
      const seen = `${sequence(order.messages())}; ${shown ? `condition at ${textOf(shown, 'value')}` : 'no condition shown'}`;
      const holds =
        works(order) &&
        !order.messages().some((frame) => order.isStatus(frame, 'Submitted')) &&
        Number(textOf(shown ?? {}, 'value')) === price;
      await stage.cancelAll([order]);
      return agreesIf(holds, seen, 'orders.protective.kind: underlying would protect nothing.');
    },
  },
  {
    id: 'limit-twenty',
    assumption:
      'At most 20 orders may be active on one contract, side and account; the 21st is refused with 201. A combination counts as a contract of its own, not towards its legs.',
    source: 'IB knowledge base, order limits; how combinations count is not known',
    place: 'src/domain/order/refusal.ts',
    method: 'Place 21 far combinations of the same legs, then an order for one of the legs alone.',
    needs: ['open'],
    run: async (stage) => {
      const [now, contract] = [await stage.now(), await debitCombo(stage)];
      const { upper } = await verticalOf(stage);
      const orders: Placed[] = [];
      for (let count = 0; count < 21; count += 1)
        orders.push(await stage.place('limit', { contract, limitPrice: FAR_DEBIT }, { now }));
      for (const order of orders) await stage.acknowledged(order);
      const leg = singleContract(numberOf(upper.values, 'conId') ?? 0);
      const single = await stage.placed('limit', { contract: leg, limitPrice: FAR_DEBIT });
      await stage.refusal(single, SETTLED_MS);
      const refused = orders.map(refusalOf);
      const taken = orders.filter(works).length;
      const [first, ofLeg] = [refused.find((frame) => frame !== undefined), refusalOf(single)];
      const only21 = refused.every((frame, at) => (frame !== undefined) === (at === 20));
      const legTaken = ofLeg === undefined && works(single);
      await stage.cancelAll([...orders, single]);
      return agreesIf(
        only21 && taken === 20 && numberOf(first?.values ?? {}, 'code') === 201 && legTaken,
        `${taken} taken${first ? `; ${errorText(first)}` : ', none refused'}; a leg alone ${ofLeg ? errorText(ofLeg) : 'taken'}`,
        'Orders are counted differently.',
      );
    },
  },
];
