/** Cards about fills: executions of a combination and its legs, their ids, prices and costs. Only with `--fill`. */
import { isUnsetNumber, numberOf, responseTokens, textOf } from 'ib-gateway/client';
import { agreesIf, type Card, differs } from '../card.js';
import type { Frame } from '../link.js';
import { sequence } from '../orders.js';
import { bought, givenBack, reportsOf, type Trade } from '../trade.js';

const COMBO_CON_ID = 28812380;
const needs = ['open', 'fill'] as const;

const rowsOf = ({ executions }: Trade, secType: string): readonly Frame[] =>
  executions.filter(({ values }) => textOf(values, 'secType') === secType);

/** Length of an execution id before the last dot. */
const stem = (id: string): string => id.slice(0, id.lastIndexOf('.'));

export const fillCards: readonly Card[] = [
  {
    id: 'fill-executions',
    assumption:
      'A fill of a combination has one execution of the BAG and one of each leg, all with its order id, permanent id and reference.',
    source: 'QuantConnect Lean.Brokerages.InteractiveBrokers; ib_async wrapper.py; rust-ibapi#220',
    place: 'src/activities/orders/progress.ts',
    method: 'Buy the vertical at the market and look at its executions.',
    needs,
    run: async (stage) => {
      const trade = await bought(stage, 1);
      const ids = new Set(
        trade.executions.map(({ values }) => `${numberOf(values, 'orderId')} ${numberOf(values, 'permId')}`),
      );
      const [bags, legs] = [rowsOf(trade, 'BAG').length, rowsOf(trade, 'OPT').length];
      return agreesIf(
        bags === 1 && legs === 2 && ids.size === 1,
        `${bags} of the BAG, ${legs} of legs`,
        'Fills would be counted wrongly.',
      );
    },
  },
  {
    id: 'fill-bag',
    assumption:
      'The execution of the BAG has contract id 28812380, side BOT, shares in combinations and the net of the legs as its price.',
    source: 'QuantConnect Lean.Brokerages.InteractiveBrokers; public test data of a fill check',
    place: 'src/broker/fills.ts',
    method: 'Compare the execution of the BAG with those of its legs.',
    needs,
    run: async (stage) => {
      const trade = await bought(stage, 1);
      const [bag] = rowsOf(trade, 'BAG');
      if (!bag) return differs('no execution of the BAG', 'The total of a combination is not reported.');
      const net = rowsOf(trade, 'OPT').reduce(
        (sum, { values }) => sum + (textOf(values, 'side') === 'BOT' ? 1 : -1) * (numberOf(values, 'price') ?? 0),
        0,
      );
      const { values } = bag;
      const [price, side, shares] = [
        numberOf(values, 'price') ?? 0,
        textOf(values, 'side'),
        numberOf(values, 'shares'),
      ];
      const holds =
        numberOf(values, 'conId') === COMBO_CON_ID && side === 'BOT' && shares === 1 && Math.abs(price - net) < 0.0001;
      return agreesIf(
        holds,
        `id ${numberOf(values, 'conId')}, ${side} ${shares} at ${price}; legs net ${net.toFixed(4)}`,
        'The total differs.',
      );
    },
  },
  {
    id: 'fill-ids',
    assumption:
      'Execution ids end in a part of two digits and a correction; those of the legs share the stem of the BAG.',
    source: 'nautechsystems/nautilus_trader#3712; erdewit/ib_insync#130; rust-ibapi (captured rows)',
    place: 'src/domain/position/effective-fills.ts',
    method: 'Look at the execution ids.',
    needs,
    run: async (stage) => {
      const ids = (await bought(stage, 1)).executions.map(({ values }) => textOf(values, 'execId'));
      const stems = new Set(ids.map((id) => stem(stem(id))));
      const holds =
        ids.every((id) => /\.\d{2}\.\d{2}$/.test(id)) && stems.size === 1 && new Set(ids).size === ids.length;
      return agreesIf(
        holds,
        `ends ${ids.map((id) => id.slice(-6)).join(', ')}; ${stems.size} stem`,
        'Corrections would be grouped wrongly.',
      );
    },
  },
  {
    id: 'fill-status',
    assumption: 'A filled combination ends with status Filled; executions may come before or after it.',
    source: 'nautechsystems/nautilus_trader#3833 and #3949',
    place: 'src/activities/orders/tracker.ts',
    method: 'Look at the order of messages.',
    needs,
    run: async (stage) => {
      const { order } = await bought(stage, 1);
      const isFilled = order.messages().some((frame) => order.isStatus(frame, 'Filled'));
      return agreesIf(isFilled, sequence(order.messages()), 'No status reports the end of a filled order.');
    },
  },
  {
    id: 'fill-commissions',
    assumption: 'Each leg gets a cost report in dollars; the realised profit of an opening is unset.',
    source: 'rust-ibapi src/orders/sync.rs (captured); whether the BAG gets one is not known',
    place: 'src/broker/fills.ts',
    method: 'Wait for the cost reports of the purchase.',
    needs,
    run: async (stage) => {
      const trade = await bought(stage, 1);
      const reports = await reportsOf(stage, trade);
      const ofLegs = rowsOf(trade, 'OPT').map(({ values }) => textOf(values, 'execId'));
      const got = ofLegs.filter((id) => reports.some(({ values }) => textOf(values, 'execId') === id)).length;
      const ofBag = reports.length - reports.filter(({ values }) => ofLegs.includes(textOf(values, 'execId'))).length;
      const profits = reports.map(
        ({ tokens }) =>
          responseTokens(tokens, stage.link.version).find(({ path }) => path === 'realizedPnl')?.token ?? '',
      );
      const unset = profits.every((token) => token === '' || isUnsetNumber(token) || Number(token) === 0);
      const seen = `${got} of ${ofLegs.length} legs, ${ofBag} of the BAG; profit ${unset ? 'unset' : 'reported'}`;
      return agreesIf(got === ofLegs.length && unset, seen, 'Costs would be missing or counted twice.');
    },
  },
  {
    id: 'fill-credit',
    assumption: 'A combination that is bought for a price below zero fills with a negative average price.',
    source: 'nautechsystems/nautilus_trader#3833 and PR 3884',
    place: 'src/broker/order-feed.ts',
    method: 'Sell the vertical as the reversed combination at a negative limit.',
    needs,
    run: async (stage) => {
      const { order, executions } = await givenBack(stage, 1, 'reversed');
      const status = order
        .messages()
        .filter((frame) => order.isStatus(frame, 'Filled'))
        .at(-1);
      const average = numberOf(status?.values ?? {}, 'avgFillPrice');
      const bag = executions.find(({ values }) => textOf(values, 'secType') === 'BAG');
      return agreesIf(
        average !== undefined && average < 0,
        `average ${average ?? 'not reported'}; execution of the BAG ${textOf(bag?.values ?? {}, 'side')} at ${numberOf(bag?.values ?? {}, 'price')}`,
        'The sign of a credit differs.',
      );
    },
  },
  {
    id: 'fill-requested',
    serves: ['REQ_EXECUTIONS'],
    assumption: "The day's executions can be requested again, including those of combinations and legs.",
    source: 'pysystemtrade PR 1659; IB TWS API documentation, EClient::reqExecutions',
    place: 'src/broker/order-queries.ts',
    method: 'Ask for the executions of this client.',
    needs,
    run: async (stage) => {
      const { executions } = await bought(stage, 1);
      const rows = await stage.request('REQ_EXECUTIONS', {}, 'EXECUTION_DATA_END');
      const told = new Set(
        rows.filter(({ name }) => name === 'EXECUTION_DATA').map(({ values }) => textOf(values, 'execId')),
      );
      const missing = executions.filter(({ values }) => !told.has(textOf(values, 'execId'))).length;
      return agreesIf(missing === 0, `${told.size} rows, ${missing} missing`, 'A fill during an outage would be lost.');
    },
  },
  {
    id: 'fill-completed',
    assumption: 'A filled order is among the completed ones with total quantity 0 and the fill as filledQuantity.',
    source: 'scmhub/ibsync#11; hadrianl/ibapi#18',
    place: 'src/broker/order-rows.ts',
    method: 'Ask for the completed orders.',
    needs,
    run: async (stage) => {
      const { order } = await bought(stage, 1);
      const row = (await stage.completedOrders()).find(({ values }) => textOf(values, 'orderRef') === order.reference);
      if (!row) return differs('not in the list', 'A lost fill could not be proved.');
      const [total, filled] = [numberOf(row.values, 'quantity') ?? 0, numberOf(row.values, 'filledQuantity') ?? 0];
      return agreesIf(
        total === 0 && filled === 1,
        `${textOf(row.values, 'status')}: quantity ${total}, filled ${filled}`,
        'Quantities are reported differently.',
      );
    },
  },
  {
    id: 'fill-sold',
    assumption: 'A combination that is sold has an execution of the BAG with side SLD and a price above zero.',
    source: 'not known: no captured execution of a sold BAG was found',
    place: 'src/broker/fills.ts',
    method: 'Buy the vertical once more and sell it as the same combination.',
    needs,
    run: async (stage) => {
      const { executions } = await givenBack(stage, 2, 'sold');
      const bag = executions.find(({ values }) => textOf(values, 'secType') === 'BAG');
      const [side, price] = [textOf(bag?.values ?? {}, 'side'), numberOf(bag?.values ?? {}, 'price')];
      return agreesIf(
        side === 'SLD' && (price ?? -1) > 0,
        `${side || 'no execution'} at ${price}`,
        'Side or sign differs.',
      );
    },
  },
];
