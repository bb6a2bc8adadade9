/** Cards about contracts: chains, price increments, and missing contracts. */
import { numberOf, rowsOf, textOf } from 'ib-gateway/client';
import { agrees, agreesIf, type Card, differs } from '../card.js';
import { chainOf, putOf, type Ticker, underlyingOf } from '../contracts.js';
import { errorText } from '../orders.js';
import { NotTried, type Stage } from '../stage.js';

/** Increments as the exchanges publish them, each with the price where it begins. */
const INCREMENTS: Readonly<
  Record<Ticker, { readonly steps: readonly (readonly [number, number])[]; readonly text: string }>
> = {
  SPY: { steps: [[0, 0.01]], text: '0.01 at every price' },
  QQQ: { steps: [[0, 0.01]], text: '0.01 at every price' },
  SPX: {
    steps: [
      [0, 0.05],
      [3, 0.1],
    ],
    text: '0.05 below 3.00 and 0.10 from there',
  },
  XSP: { steps: [[0, 0.01]], text: '0.01 at every price' },
};

function ruleCard(symbol: Ticker): Card {
  const { steps, text } = INCREMENTS[symbol];
  return {
    id: `rule-${symbol.toLowerCase()}`,
    serves: ['REQ_MARKET_RULE'],
    assumption: `An option of ${symbol} names one market rule for each exchange; the rule of its exchange has increments of ${text}.`,
    source:
      'Cboe rule 5.4 and the penny interval program; IB TWS API documentation, reqMarketRule; QuantConnect Lean issue 215',
    place: 'src/domain/order/ticks.ts',
    method: `Ask for the market rule of a put of ${symbol}.`,
    run: async (stage) => {
      const { values } = await putOf(stage, symbol, 0.03);
      const exchanges = textOf(values, 'validExchanges').split(',');
      const ids = textOf(values, 'marketRuleIds').split(',');
      if (exchanges.length !== ids.length)
        return differs(
          `${ids.length} rules for ${exchanges.length} exchanges`,
          'Rules and exchanges do not match one to one.',
        );
      const id = Number(ids[Math.max(0, exchanges.indexOf('SMART'))]);
      const told = await rule(stage, id);
      const observed = `rule ${id}: ${told.map(([edge, step]) => `${step} from ${edge}`).join(', ')}`;
      return agreesIf(
        JSON.stringify(told) === JSON.stringify(steps),
        observed,
        'Prices would be rounded to another grid.',
      );
    },
  };
}

async function rule(stage: Stage, marketRuleId: number): Promise<readonly (readonly [number, number])[]> {
  const frames = await stage.ask(
    'REQ_MARKET_RULE',
    { marketRuleId },
    ({ name, values }) => name === 'MARKET_RULE' && numberOf(values, 'marketRuleId') === marketRuleId,
  );
  return rowsOf(frames.at(-1)?.values ?? {}, 'increments').map((row) => [
    numberOf(row, 'lowEdge') ?? 0,
    numberOf(row, 'increment') ?? 0,
  ]);
}

const chain: Card = {
  id: 'chain-spy',
  serves: ['REQ_SEC_DEF_OPT_PARAMS'],
  assumption:
    'The chain of SPY comes with one row for each exchange and class, SMART among them, with multiplier 100, expiries as YYYYMMDD, and an end.',
  source: 'IB TWS API documentation, EClient::reqSecDefOptParams',
  place: 'src/broker/contracts.ts',
  method: 'Ask for the chain of SPY.',
  run: async (stage) => {
    const rows = await chainOf(stage, 'SPY');
    const smart = rows.find(
      ({ values }) => textOf(values, 'exchange') === 'SMART' && textOf(values, 'tradingClass') === 'SPY',
    );
    if (!smart) return differs(`${rows.length} rows, none for SPY on SMART`, 'No row could be chosen.');
    const expiries = rowsOf(smart.values, 'expirations').map((row) => textOf(row, 'expiration'));
    const multiplier = textOf(smart.values, 'multiplier');
    const holds = multiplier === '100' && expiries.length > 5 && expiries.every((expiry) => /^\d{8}$/.test(expiry));
    return agreesIf(
      holds,
      `${rows.length} rows; SMART: multiplier ${multiplier}, ${expiries.length} expiries`,
      'The chain has another form.',
    );
  },
};

const classes: Card = {
  id: 'chain-spx',
  serves: ['REQ_SEC_DEF_OPT_PARAMS'],
  assumption: 'The chain of SPX lists the classes SPX and SPXW separately.',
  source: 'Cboe contract specifications; IB TWS API documentation, EClient::reqSecDefOptParams',
  place: 'src/broker/contracts.ts',
  method: 'Ask for the chain of SPX.',
  run: async (stage) => {
    const rows = await chainOf(stage, 'SPX');
    const found = [...new Set(rows.map(({ values }) => textOf(values, 'tradingClass')))].sort();
    return agreesIf(
      found.includes('SPX') && found.includes('SPXW'),
      found.join(', '),
      'A morning expiry could be taken for an evening one.',
    );
  },
};

const unknown: Card = {
  id: 'contract-unknown',
  assumption: 'A contract that does not exist is answered with 200 under the id of the request.',
  source: 'IB TWS API documentation, message codes (200)',
  place: 'src/broker/contracts.ts',
  method: 'Ask for an option of SPY with a strike of 1.23.',
  run: async (stage) => {
    const query = { symbol: 'SPY', secType: 'OPT', strike: 1.23, right: 'P', exchange: 'SMART', currency: 'USD' };
    const [last] = (await stage.request('REQ_CONTRACT_DATA', query, 'CONTRACT_DATA_END')).slice(-1);
    const isProof = last?.name === 'ERR_MSG' && numberOf(last.values, 'code') === 200;
    return agreesIf(
      isProof,
      last?.name === 'ERR_MSG' ? errorText(last) : 'an answer without an error',
      'A missing contract would not be proved missing.',
    );
  },
};

const combo: Card = {
  id: 'contract-combo',
  assumption:
    'A request for contract details of a combination is not answered, or refused with 321; Legwork never makes one.',
  source: 'robcarver17/pysystemtrade issue 1639 and PR 1659',
  place: 'src/broker/contracts.ts',
  method: 'Ask for contract details of a BAG and wait four seconds.',
  run: async (stage) => {
    await stage.link.ready();
    const [mark, reqId] = [stage.link.mark, stage.link.newRequestId()];
    stage.link.send('REQ_CONTRACT_DATA', { reqId, symbol: 'SPY', secType: 'BAG', exchange: 'SMART', currency: 'USD' });
    const isAnswer = (name: string, id: number | undefined) =>
      id === reqId && ['ERR_MSG', 'CONTRACT_DATA', 'CONTRACT_DATA_END'].includes(name);
    const answer = await stage.link.until(
      mark,
      ({ name, values }) => isAnswer(name, numberOf(values, name === 'ERR_MSG' ? 'id' : 'reqId')),
      4_000,
    );
    if (!answer) return agrees('no answer within 4 s');
    return agreesIf(
      answer.name === 'ERR_MSG',
      answer.name === 'ERR_MSG' ? errorText(answer) : answer.name,
      'The broker describes combinations, so its description could be used.',
    );
  },
};

const index: Card = {
  id: 'contract-index',
  serves: ['REQ_CONTRACT_DATA'],
  assumption: 'SPX and XSP are found as IND on CBOE, SPY and QQQ as STK on SMART, one contract each.',
  source: 'IB TWS API documentation, basic contracts',
  place: 'src/broker/contracts.ts',
  method: 'Ask for the four underlyings.',
  run: async (stage) => {
    const rows = [];
    for (const symbol of ['SPY', 'QQQ', 'SPX', 'XSP'] as const) rows.push(await underlyingOf(stage, symbol));
    const ids = rows.map(({ values }) => numberOf(values, 'conId') ?? 0);
    if (ids.some((id) => id <= 0)) throw new NotTried('A contract came without an id.');
    return agreesIf(
      new Set(ids).size === 4,
      rows.map(({ values }) => `${textOf(values, 'symbol')} ${textOf(values, 'secType')}`).join(', '),
      'Two underlyings have one contract.',
    );
  },
};

export const contractCards: readonly Card[] = [
  index,
  chain,
  classes,
  ...(['SPY', 'QQQ', 'SPX', 'XSP'] as const).map(ruleCard),
  unknown,
  combo,
];
