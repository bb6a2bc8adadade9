/** Cards about a combination that rests far from the market: acknowledged, shown, listed. */
import { numberOf, rowsOf, textOf } from 'ib-gateway/client';
import { isSameMoment } from '../broker-time.js';
import { agreesIf, type Card } from '../card.js';
import { FAR_DEBIT } from '../contracts.js';
import { STILL, sequence } from '../orders.js';
import { listed, needShown, priceOf, resting, sent, shown } from '../resting.js';

/** IB's contract id of any combination in dollars. */
const COMBO_CON_ID = 28812380;

export const comboCards: readonly Card[] = [
  {
    id: 'combo-accepted',
    assumption:
      'A combination is acknowledged within ten seconds: OPEN_ORDER and a status of PreSubmitted or Submitted.',
    source: 'QuantConnect Lean PR 69; nautechsystems/nautilus_trader#3712 and #3949',
    place: 'src/activities/orders/send.ts',
    method: 'Buy a vertical of two SPY puts, one lot, at 0.05.',
    needs: ['open'],
    run: async (stage) => {
      const order = await sent(stage);
      const status = order.messages().find((frame) => order.isStatus(frame, ...STILL));
      return agreesIf(
        status !== undefined && status.at - order.sentAt <= 10_000 && shown(order) !== undefined,
        sequence(order.messages()),
        'An order would be searched for while it is on its way.',
      );
    },
  },
  {
    id: 'combo-shown',
    assumption:
      "A combination is shown with a contract of the broker's own: id 28812380, class COMB, a local symbol, every leg, and the legs in words.",
    source: 'scmhub/ibsync PR 14; QuantConnect Lean PR 90',
    place: 'src/broker/ib-order.ts',
    method: 'Look at the contract of the OPEN_ORDER.',
    needs: ['open'],
    run: async (stage) => {
      const { values } = needShown(await resting(stage));
      const legs = rowsOf(values, 'comboLegs').length;
      const [conId, name, symbol] = [
        numberOf(values, 'conId'),
        textOf(values, 'tradingClass'),
        textOf(values, 'localSymbol'),
      ];
      const words = textOf(values, 'comboLegsDescrip');
      return agreesIf(
        conId === COMBO_CON_ID && name === 'COMB' && symbol !== '' && legs === 2 && words !== '',
        `id ${conId}, class ${name || 'empty'}, local symbol ${symbol || 'empty'}, ${legs} legs, in words ${words || 'empty'}`,
        'The contract is shown differently.',
      );
    },
  },
  {
    id: 'combo-echo',
    assumption: 'The order comes back with its reference, account, client id, price and a permanent id above 0.',
    source: 'rust-ibapi#220; IB TWS API documentation, EWrapper::openOrder',
    place: 'src/broker/order-feed.ts',
    method: 'Compare the OPEN_ORDER with what was sent.',
    needs: ['open'],
    run: async (stage) => {
      const order = await resting(stage);
      const { values } = needShown(order);
      const permId = numberOf(values, 'permId') ?? 0;
      const same = ['orderRef', 'account'].every((name) => textOf(values, name) === textOf(order.fields, name));
      const holds =
        same &&
        permId > 0 &&
        numberOf(values, 'clientId') === stage.link.clientId &&
        priceOf(needShown(order)) === FAR_DEBIT;
      return agreesIf(
        holds,
        `reference and account ${same ? 'as sent' : 'changed'}, permanent id ${permId > 0 ? 'reported' : permId}`,
        'The order could not be found again.',
      );
    },
  },
  {
    id: 'combo-good-till',
    assumption:
      'The good-till time comes back as the same moment in the zone of the gateway, whose letters may say winter time (EST) in summer too.',
    source: 'QuantConnect Lean.Brokerages.InteractiveBrokers (good-till times come back in the zone of TWS)',
    place: 'src/broker/ib-order.ts',
    method: 'Compare the good-till time of the OPEN_ORDER with the one sent.',
    needs: ['open'],
    run: async (stage) => {
      const order = await resting(stage);
      const [sent, back] = [textOf(order.fields, 'goodTillDate'), textOf(needShown(order).values, 'goodTillDate')];
      const tif = textOf(needShown(order).values, 'tif');
      return agreesIf(
        tif === 'GTD' && isSameMoment(sent, back),
        `sent ${sent}, shown ${tif} ${back || 'empty'}`,
        'The order would end at another time.',
      );
    },
  },
  {
    id: 'combo-listed',
    assumption: 'The list of all open orders has the combination with its reference, order id and client id.',
    source: 'IB TWS API documentation, EClient::reqAllOpenOrders; rust-ibapi#220',
    place: 'src/broker/order-queries.ts',
    method: 'Ask for all open orders and look for the reference.',
    needs: ['open'],
    run: async (stage) => {
      const order = await resting(stage);
      const row = await listed(stage, order);
      const [id, client] = [numberOf(row?.values ?? {}, 'orderId'), numberOf(row?.values ?? {}, 'clientId')];
      return agreesIf(
        id === order.orderId && client === stage.link.clientId,
        row
          ? `order id ${id === order.orderId ? 'as sent' : id}, client id ${client === stage.link.clientId ? 'as sent' : client}`
          : 'not in the list',
        'A lost order could not be found.',
      );
    },
  },
  {
    id: 'combo-unset-fields',
    assumption: 'Fields that an order does not use come as the largest number, 0.0 or empty, never as words.',
    source: 'rust-ibapi src/orders/sync.rs (captured rows); rust-ibapi#716',
    place: 'src/broker/fills.ts',
    method: 'Read every number of the OPEN_ORDER.',
    needs: ['open'],
    run: async (stage) => {
      const row = needShown(await resting(stage));
      return agreesIf(
        row.problem === undefined,
        row.problem ?? 'every field could be read',
        'The client library would misread the row.',
      );
    },
  },
];
