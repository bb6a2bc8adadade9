/** Cards about orders that end by themselves or belong together: good-till, OCA, bracket. */
import { numberOf, textOf } from 'ib-gateway/client';
import { agreesIf, type Card, differs } from '../card.js';
import { creditCombo, debitCombo, FAR_DEBIT } from '../contracts.js';
import { BY_BID_ASK, last, levels, refusalOf, works } from '../family.js';
import { ENDED, errorText, sequence } from '../orders.js';
import { SETTLED_MS, type Stage } from '../stage.js';

/** IB's number: cancel the rest of a group, with block. */
const CANCEL_WITH_BLOCK = 1;

/** Lifetime of an order that must be seen to end by itself, market ms. */
const SHORT_MS = 20_000;

/** A credit far from the market, with closing orders as children: a target and a stop. */
function bracket(stage: Stage) {
  return stage.once('bracket', async () => {
    const { stop, limit, credit } = await levels(stage);
    const now = await stage.now();
    const parent = await stage.place(
      'bracket',
      { contract: await creditCombo(stage), limitPrice: credit, more: { transmit: false } },
      { now },
    );
    await stage.now();
    const before = parent.messages();
    const child = { parentId: parent.orderId };
    const contract = await debitCombo(stage);
    const target = await stage.place(
      'bracket',
      { contract, limitPrice: FAR_DEBIT, more: { ...child, transmit: false } },
      { now },
    );
    const stopped = { ...child, orderType: 'STP LMT', auxPrice: stop, triggerMethod: BY_BID_ASK };
    const protective = await stage.place('bracket', { contract, limitPrice: limit, more: stopped }, { now });
    for (const order of [parent, target, protective]) await stage.acknowledged(order);
    await stage.refusal(protective, SETTLED_MS);
    return { parent, target, protective, before };
  });
}

export const groupCards: readonly Card[] = [
  {
    id: 'good-till-ends',
    assumption: 'An order ends by itself at its good-till time, as Cancelled.',
    source: 'IB TWS API documentation, time in force; whether 202 comes with it is not known',
    place: 'src/activities/orders/place.ts',
    method: `Place a far combination that is good for ${SHORT_MS / 1_000} s and wait for its end.`,
    needs: ['open'],
    run: async (stage) => {
      const order = await stage.working(
        'good-till',
        { contract: await debitCombo(stage), limitPrice: FAR_DEBIT },
        { livesMs: SHORT_MS },
      );
      const until = await stage.link.until(order.mark, (frame) => order.isStatus(frame, ...ENDED), 90_000);
      await stage.now();
      if (!until) return differs('still working after 90 s', 'An order of a dead process would stay at work.');
      const status = textOf(until.values, 'status');
      const with202 = order.messages().some((frame) => order.isError(frame, 202));
      return agreesIf(
        status === 'Cancelled',
        `${status}, ${with202 ? 'with' : 'without'} error 202`,
        'The end is reported differently.',
      );
    },
  },
  {
    id: 'oca-block',
    assumption:
      'Two combinations in one OCA group with block (type 1) are both accepted and shown with group and type.',
    source: 'IB TWS API documentation, one cancels all',
    place: 'src/broker/ib-order.ts',
    method: 'Place two far combinations in one group.',
    needs: ['open'],
    run: async (stage) => {
      const now = await stage.now();
      const more = { ocaGroup: `LWCHECK ${stage.link.newRequestId()}`, ocaType: CANCEL_WITH_BLOCK };
      const contract = await debitCombo(stage);
      const orders = [];
      for (const limitPrice of [FAR_DEBIT, FAR_DEBIT + 0.01])
        orders.push(await stage.placed('oca', { contract, limitPrice, more }, { now }));
      for (const order of orders) await stage.refusal(order, SETTLED_MS / 2);
      const seen = orders.map((order) => {
        const row = last(order);
        return `${sequence(order.messages())} (group ${textOf(row, 'ocaGroup') === more.ocaGroup ? 'as sent' : 'other'}, type ${numberOf(row, 'ocaType')})`;
      });
      const holds = orders.every((order) => {
        const row = last(order);
        return (
          works(order) && textOf(row, 'ocaGroup') === more.ocaGroup && numberOf(row, 'ocaType') === CANCEL_WITH_BLOCK
        );
      });
      await stage.cancelAll(orders);
      return agreesIf(holds, seen.join('; '), 'A stop and a target of one position could both fill.');
    },
  },
  {
    id: 'bracket-held',
    assumption: 'An order with transmit off does not work, and no status says that it does.',
    source: 'IB TWS API documentation, bracket orders',
    place: 'src/broker/ib-order.ts',
    method: 'Place the parent of a bracket with transmit off and look for messages before its children.',
    needs: ['open'],
    run: async (stage) => {
      const { parent, before } = await bracket(stage);
      const active = before.some((frame) => parent.isStatus(frame, 'Submitted', 'PreSubmitted'));
      return agreesIf(!active, sequence(before), 'A parent could fill before its stop is there.');
    },
  },
  {
    id: 'bracket-taken',
    assumption:
      'A bracket of combinations (credit, target, stop limit) is accepted as a whole; its children wait for the parent as PreSubmitted.',
    source: 'IB TWS API documentation, bracket orders; erdewit/ib_insync#694',
    place: 'src/activities/orders/place.ts',
    method: 'Place a far credit with a target and a stop limit as children, the last one transmitting.',
    needs: ['open'],
    run: async (stage) => {
      const { parent, target, protective } = await bracket(stage);
      const family = [parent, target, protective];
      const refused = family.map(refusalOf).find((frame) => frame !== undefined);
      const seen = family.map((order) => sequence(order.messages())).join('; ');
      if (refused) return differs(seen, errorText(refused));
      const waits = [target, protective].every(
        (order) => works(order) && !order.messages().some((frame) => order.isStatus(frame, 'Submitted')),
      );
      return agreesIf(works(parent) && waits, seen, 'The bracket is not accepted as a whole.');
    },
  },
  {
    id: 'bracket-cancelled',
    assumption: 'The cancel of a parent that has not filled cancels its children.',
    source: 'IB TWS API documentation, bracket orders',
    place: 'src/activities/orders/cancel.ts',
    method: 'Cancel the parent of the bracket and wait for the children.',
    needs: ['open'],
    run: async (stage) => {
      const { parent, target, protective } = await bracket(stage);
      await stage.cancel(parent);
      const ended = [];
      for (const child of [target, protective])
        ended.push(await stage.link.until(child.mark, (frame) => child.isStatus(frame, ...ENDED), 10_000));
      const seen = [target, protective].map((child) => sequence(child.messages())).join('; ');
      await stage.cancelAll([parent, target, protective]);
      return agreesIf(
        ended.every((frame) => frame !== undefined),
        seen,
        'A stop would be left without a position.',
      );
    },
  },
];
