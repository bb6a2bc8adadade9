/** Cards about the session: handshake, accounts, permissions, client ids, notices, clock. */
import { numberOf, textOf } from 'ib-gateway/client';
import { agrees, agreesIf, type Card, differs } from '../card.js';
import { errorText } from '../orders.js';
import { isRefusedList } from '../stage.js';

export const sessionCards: readonly Card[] = [
  {
    id: 'session-version',
    assumption: 'The gateway agrees on a version of the text protocol from 178 to 193 when 100 to 193 is requested.',
    source: 'IB TWS API documentation, EClient handshake; @stoqey/ib speaks no later version',
    place: 'src/broker/connection.ts',
    method: 'Look at the version that the gateway answered.',
    run: async ({ link }) =>
      agreesIf(
        link.version >= 178 && link.version <= 193,
        `version ${link.version}`,
        'The client library cannot read it.',
      ),
  },
  {
    id: 'session-greeting',
    assumption: 'Managed accounts and the next order id arrive unsolicited after the start, in either order.',
    source: 'IB TWS API documentation, EWrapper::nextValidId and managedAccounts',
    place: 'src/broker/greeting.ts',
    method: 'Look at what came after START_API.',
    run: async ({ link }) => {
      const names = link.frames.map(({ name }) => name);
      const told = names.includes('MANAGED_ACCTS') && names.includes('NEXT_VALID_ID');
      return agreesIf(told, names.slice(0, 5).join(', '), 'The session would never count as ready.');
    },
  },
  {
    id: 'session-accounts',
    assumption: 'The ids of paper accounts begin with D.',
    source: 'IB knowledge base, paper trading account',
    place: 'src/broker/guard.ts',
    method: 'Look at the first letters of the managed accounts.',
    run: async ({ link, account }) => {
      const told = link.frames.find(({ name }) => name === 'MANAGED_ACCTS');
      const count = textOf(told?.values ?? {}, 'accounts')
        .split(',')
        .filter((one) => one !== '').length;
      return agreesIf(
        account.startsWith('D'),
        `${count} account, ${account.slice(0, 2)}...`,
        'It is not a paper account.',
      );
    },
  },
  {
    id: 'session-permission',
    serves: ['REQ_ALL_OPEN_ORDERS'],
    assumption:
      'A list of open orders comes with an end. With the Read-Only API on it is answered with 321 under id -1 and has no end.',
    source: 'rust-ibapi#698; IB TWS API documentation, Read-Only API',
    place: 'src/broker/requests.ts',
    method: 'Ask for the open orders of all clients.',
    run: async (stage) => {
      const rows = await stage.openOrders();
      const refused = rows.find(isRefusedList);
      if (refused) return differs(errorText(refused), 'The API is read-only: untick Read-Only API in the settings.');
      return agrees(`ended after ${rows.filter(({ name }) => name === 'OPEN_ORDER').length} open orders`);
    },
  },
  {
    id: 'session-id-in-use',
    assumption: 'A second session with a client id that is in use gets 326 under id -1, and its connection is closed.',
    source: 'IB TWS API documentation, message codes (326)',
    place: 'src/broker/session.ts',
    method: 'Connect once more with the same client id.',
    run: async (stage) => {
      const second = await stage.openSession(stage.link.clientId);
      try {
        const refused = await second.until(0, (frame) => numberOf(frame.values, 'code') === 326, 10_000);
        for (let left = 40; refused && !second.closed && left > 0; left -= 1) await second.pause(50);
        const seen = `${refused ? errorText(refused) : 'no 326'}, ${second.closed ? 'closed' : 'still connected'}`;
        return agreesIf(refused !== undefined && second.closed, seen, 'Two workers could hold one session.');
      } finally {
        second.close();
      }
    },
  },
  {
    id: 'session-clock',
    serves: ['REQ_CURRENT_TIME'],
    assumption:
      'The time of the broker is answered in whole seconds within two seconds: the round trip that proves a session alive.',
    source: 'IB TWS API documentation, EClient::reqCurrentTime',
    place: 'src/broker/probe.ts',
    method: 'Ask for the current time and measure.',
    run: async (stage) => {
      const begun = Date.now();
      const at = await stage.now();
      const took = Date.now() - begun;
      return agreesIf(
        at > 1e12 && took <= 2_000,
        `${new Date(at).toISOString()} after ${took} ms`,
        'The probe would drop the session.',
      );
    },
  },
  {
    id: 'session-farms',
    assumption:
      'The state of each data farm is reported under id -1 after the start, with the name of the farm after a colon.',
    source: 'IbcAlpha/IBC#143; IB TWS API documentation, message codes 2104, 2106, 2158',
    place: 'src/broker/notices.ts',
    method: 'Look at the notices under id -1.',
    run: async ({ link }) => {
      const isNotice = (code: number) => code >= 2103 && code <= 2158;
      await link.until(0, ({ name, values }) => name === 'ERR_MSG' && isNotice(numberOf(values, 'code') ?? 0), 5_000);
      const notices = link.frames.filter(
        ({ name, values }) =>
          name === 'ERR_MSG' && numberOf(values, 'id') === -1 && isNotice(numberOf(values, 'code') ?? 0),
      );
      const named = notices.every(({ values }) => /:\s*\S+$/.test(textOf(values, 'text')));
      return agreesIf(
        notices.length > 0 && named,
        notices.map((frame) => errorText(frame)).join('; ') || 'no notice of a farm',
        'Data farms could not be told apart.',
      );
    },
  },
  {
    id: 'session-next-id',
    serves: ['REQ_IDS'],
    assumption: 'REQ_IDS answers with an order id that this client has not used, not below the one of the greeting.',
    source: 'IB TWS API documentation, EClient::reqIds',
    place: 'src/broker/orders.ts',
    method: 'Ask for ids and compare with the greeting.',
    run: async (stage) => {
      const first = stage.link.frames.find(({ name }) => name === 'NEXT_VALID_ID');
      const frames = await stage.ask('REQ_IDS', { count: 1 }, ({ name }) => name === 'NEXT_VALID_ID');
      const [before, after] = [first, frames.at(-1)].map((frame) => numberOf(frame?.values ?? {}, 'orderId') ?? 0);
      return agreesIf((after ?? 0) >= (before ?? 0), `${before}, then ${after}`, 'An id could be given out twice.');
    },
  },
];
