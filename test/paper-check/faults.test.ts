/** A gateway that differs from an assumption: the card of that assumption reports it, and the command exits with 1. */
import { expect, test } from '@jest/globals';
import type { FaultInput, MarketChange } from 'ib-gateway';
import { isWhole } from '../support/whole.js';
import { check, gatewayAt, working } from './support.js';

interface Case {
  readonly card: string;
  readonly what: string;
  readonly fault?: FaultInput;
  readonly change?: MarketChange;
  readonly observed: RegExp;
}

/** The stock, the same at every gateway. */
const SPY = 756733;

/** Only the card is tried, so that nothing else uses up the fault. */
const CASES: readonly Case[] = [
  {
    card: 'session-farms',
    what: 'the state of the farms is not told',
    fault: { kind: 'omit', message: 'ERR_MSG', n: 20 },
    observed: /no notice/,
  },
  {
    card: 'frames-fit',
    what: 'a message has a field too many',
    fault: { kind: 'corrupt', message: 'CONTRACT_DATA', how: 'long' },
    observed: /CONTRACT_DATA: .*more than the table/,
  },
  {
    card: 'quote-underlying',
    what: 'a quote is crossed',
    change: { kind: 'quote', conId: SPY, fault: 'bad', ms: 3_600_000, bid: 700, ask: 600 },
    observed: /700 x/,
  },
  {
    card: 'session-permission',
    what: 'the API is read-only',
    fault: { kind: 'readOnly' },
    observed: /321 .*read/i,
  },
  {
    card: 'contract-unknown',
    what: 'absence is told with another code',
    fault: { kind: 'failNext', request: 'REQ_CONTRACT_DATA', n: 100, code: 321, text: 'Error validating request.' },
    observed: /321/,
  },
  {
    card: 'preview-combo',
    what: 'combinations are not previewed',
    fault: { kind: 'refuseCombos' },
    observed: /321/,
  },
  {
    card: 'combo-accepted',
    what: 'combinations are refused',
    fault: { kind: 'rejectNext', code: 201, text: 'Order rejected - reason:No such combinations.' },
    observed: /error 201/,
  },
  {
    card: 'combo-accepted',
    what: 'nothing is told of an order that works',
    fault: { kind: 'mute', orderRefPrefix: 'LWCHECK|', place: true },
    observed: /nothing|202/,
  },
  {
    card: 'combo-accepted',
    what: 'the first word about an order comes after more than ten seconds',
    fault: { kind: 'lateAcknowledgement', ms: 200_000, n: 5 },
    observed: /nothing/,
  },
  {
    card: 'combo-unset-fields',
    what: 'a row of an order has a field too many',
    fault: { kind: 'corrupt', message: 'OPEN_ORDER', how: 'long', n: 50 },
    observed: /more than the table/,
  },
  {
    card: 'combo-listed',
    what: 'the list of open orders is empty although an order works',
    fault: { kind: 'falseEmpty', answer: 'openOrders', n: 3 },
    observed: /not in the list/,
  },
  {
    card: 'combo-change-shown',
    what: 'changes are refused with 103',
    fault: { kind: 'rejectNext', on: 'modify', code: 103, text: 'Duplicate order id' },
    observed: /103/,
  },
  {
    card: 'combo-cancelled',
    what: 'a cancel is answered and not carried out',
    fault: { kind: 'cancelAnswer', code: 10147, text: 'OrderId that needs to be cancelled is not found.' },
    observed: /10147/,
  },
  {
    card: 'combo-completed',
    what: 'completed orders are not told',
    fault: { kind: 'falseEmpty', answer: 'completedOrders' },
    observed: /not in the list/,
  },
  {
    card: 'refused-off-grid',
    what: 'another code says that a price is off the grid',
    fault: { kind: 'rejectNext', code: 201, text: 'Order rejected.' },
    observed: /201/,
  },
  {
    card: 'refused-unknown-cancel',
    what: 'an unknown id is told with another code',
    fault: { kind: 'cancelAnswer', code: 135, text: "Can't find order with id." },
    observed: /135/,
  },
  {
    card: 'stop-combo',
    what: 'a stop limit on a combination is refused',
    fault: { kind: 'rejectNext', code: 387, text: 'Unsupported order type for this exchange and security type.' },
    observed: /387/,
  },
  {
    card: 'condition-combo',
    what: 'a condition on a combination is refused',
    fault: { kind: 'rejectNext', code: 391, text: 'Invalid condition.' },
    observed: /391/,
  },
  {
    card: 'oca-block',
    what: 'the second of a group is refused',
    fault: { kind: 'rejectNext', code: 201, text: 'Order rejected - reason:group.' },
    observed: /201/,
  },
  {
    card: 'bracket-taken',
    what: 'the parent of a bracket is refused',
    fault: { kind: 'rejectNext', code: 201, text: 'Order rejected - reason:bracket.' },
    observed: /201/,
  },
];

/** Requests that the check makes before and after the cards as well: each waits for its answer in vain. */
const SILENT = [
  ['session-clock', 'REQ_CURRENT_TIME', undefined],
  ['session-permission', 'REQ_ALL_OPEN_ORDERS', undefined],
  ['hours-spx', 'REQ_CONTRACT_DATA', undefined],
  ['history-iv-spy', 'REQ_HISTORICAL_DATA', undefined],
] as const;

/** A chain that the broker refuses, or about which it is silent; market data that it refuses, delays or does not send. */
const UNSERVED: readonly Case[] = [
  ...[undefined, 321].map((code) => ({
    card: 'chain-spy',
    what: `the chain is ${code === undefined ? 'not answered' : 'refused'}`,
    fault: { kind: 'failNext', request: 'REQ_SEC_DEF_OPT_PARAMS', n: 9, ...(code !== undefined && { code }) } as const,
    observed: code === undefined ? /did not answer REQ_SEC_DEF_OPT_PARAMS/ : /321/,
  })),
  ...(
    [
      ['competing', /10197/],
      ['delayed', /354|10167/],
      ['frozen', /type 2/],
      ['noApi', /10089/],
      ['none', /354/],
    ] as const
  ).map(([state, observed]) => ({
    card: 'quote-live',
    what: `market data are ${state}`,
    fault: { kind: 'marketData', state } as const,
    observed,
  })),
  ...([101, 354, 10168, 10186, 10189, 10197] as const).map((code) => ({
    card: 'quote-live',
    what: `lines are refused with ${code}`,
    fault: { kind: 'refuseLines', code } as const,
    observed: new RegExp(`${code}`),
  })),
  ...([10090, 10091] as const).map((code) => ({
    card: 'quote-live',
    what: `a part of the data is missing (${code})`,
    fault: { kind: 'partialData', code } as const,
    observed: new RegExp(`${code}`),
  })),
  {
    card: 'quote-live',
    what: 'nothing comes on a line',
    fault: { kind: 'failNext', request: 'REQ_MKT_DATA', n: 50 },
    observed: /no price/,
  },
  ...(
    [
      ['rule-spy', 'REQ_MARKET_RULE', undefined],
      ['hours-spx', 'REQ_CONTRACT_DATA', 200],
      ['contract-index', 'REQ_CONTRACT_DATA', 200],
      ['history-iv-spy', 'REQ_HISTORICAL_DATA', 162],
      ['session-next-id', 'REQ_IDS', undefined],
      ...(isWhole ? SILENT : []),
    ] as const
  ).map(([card, request, code]) => ({
    card,
    what: `${request} is ${code === undefined ? 'not answered' : 'refused'}`,
    fault: { kind: 'failNext', request, n: 50, ...(code !== undefined && { code }) } as const,
    observed: new RegExp(code === undefined ? `did not answer ${request}` : `${code}`),
  })),
];

/** Concurrently: most of the time is spent waiting for absent messages. */
test.concurrent.each([...CASES, ...UNSERVED])(
  '$what: $card differs, and no order is left',
  async ({ card, fault, change, observed }) => {
    const gateway = await gatewayAt(10);
    try {
      if (fault) gateway.fault(fault);
      if (change) gateway.set(change);
      const { status, cards, left } = await check(gateway, ['--card', card]);
      expect(cards).toMatchObject([{ id: card, verdict: 'differs', observed: expect.stringMatching(observed) }]);
      expect(cards[0]?.reason).toMatch(/\S/);
      expect(status).toBe(1);
      expect(left).toEqual([]);
      gateway.fault({ kind: 'clear' });
      gateway.fault({ kind: 'readOnly', off: true });
      expect(await working(gateway)).toEqual([]);
    } finally {
      await gateway.close();
    }
  },
);
