/** Positions and money of the account. */
import { defined } from '../domain/defined.js';
import { LegworkError } from '../domain/errors.js';
import { fromNumber, type Micros } from '../domain/money.js';
import type { AccountSummary, BrokerPosition, Complete, PositionPnl, WhatIf } from './api.js';
import { NotAnswered, RequestRefused } from './failures.js';
import { rightOf } from './option-details.js';
import type { Requests } from './requests.js';

const TAGS = {
  netLiquidation: 'NetLiquidation',
  buyingPower: 'BuyingPower',
  availableFunds: 'AvailableFunds',
  initMargin: 'InitMarginReq',
  maintMargin: 'MaintMarginReq',
} as const;

/**
 * All positions of all managed accounts; a position of zero is left out. The broker goes on reporting their changes to `PositionFeed`; a
 * change that comes between the rows is newer than its row.
 */
export function readPositions(requests: Requests): Promise<Complete<BrokerPosition>> {
  return requests.list<BrokerPosition>('positions', (ask, rows) => {
    const told = new Map<string, BrokerPosition>();
    ask.on('position', (account, contract, quantity, averageCost) => {
      const right = rightOf(contract.right);
      const expiry = (contract.lastTradeDateOrContractMonth ?? '').slice(0, 8);
      told.set(`${account} ${contract.conId}`, {
        account,
        conId: contract.conId ?? 0,
        symbol: contract.symbol ?? '',
        secType: String(contract.secType),
        ...defined({ right }),
        ...(right !== undefined && contract.strike !== undefined && { strike: contract.strike }),
        ...(expiry !== '' && { expiry }),
        quantity,
        averageCost: fromNumber(averageCost ?? 0),
      });
    });
    ask.on('positionEnd', () => {
      rows.push(...[...told.values()].filter(({ quantity }) => quantity !== 0));
      ask.done();
    });
    ask.send((api) => api.reqPositions());
  });
}

const UNSET = 1e300;
/** Wall time to wait for the figures: nothing else depends on them. */
const PNL_MS = 3_000;

/**
 * The broker's valuation of one contract that the account holds. The first answer of a subscription may lack figures, so one with figures
 * is awaited. Undefined when none comes, or the account holds none of it. Amounts are in the contract's currency.
 */
export async function readPositionPnl(
  requests: Requests,
  account: string,
  conId: number,
): Promise<PositionPnl | undefined> {
  try {
    return await requests.ask<PositionPnl>(
      'profit and loss of a position',
      (ask) => {
        ask.on('pnlSingle', (reqId, quantity, _daily, unrealized, _realized, value) => {
          if (reqId !== ask.reqId || !isSet(unrealized) || !isSet(value)) return;
          ask.send((api) => api.cancelPnLSingle(ask.reqId));
          ask.done({ conId, quantity, unrealized: fromNumber(unrealized), value: fromNumber(value) });
        });
        ask.send((api) => api.reqPnLSingle(ask.reqId, account, '', conId));
      },
      { timeoutMs: PNL_MS },
    );
  } catch (error) {
    if (error instanceof RequestRefused || error instanceof NotAnswered) return undefined;
    throw error;
  }
}

function isSet(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && Math.abs(value) < UNSET;
}

/** The broker's own rates: `ExchangeRate` of the dollar is its value in the account's currency. */
const LEDGER = '$LEDGER:USD';
const RATE = 'ExchangeRate';
const DOLLAR = 'USD';

/**
 * Amounts in dollars, whatever the account's currency; other amounts are converted at the broker's rate. Throws DATA_MISSING when the
 * broker leaves out one of the amounts, or that rate. One request at a time: the broker allows two.
 */
export function readSummary(requests: Requests, account: string): Promise<AccountSummary> {
  return requests.inTurn('account summary', async () => {
    const values = new Map<string, { readonly amount: number; readonly currency: string }>();
    await requests.ask<void>('the account summary', (ask) => {
      ask.on('accountSummary', (reqId, owner, tag, value, currency) => {
        const amount = Number(value);
        if (reqId !== ask.reqId || owner !== account || value === '' || !Number.isFinite(amount)) return;
        if (tag !== RATE || currency === DOLLAR) values.set(tag, { amount, currency });
      });
      ask.on('accountSummaryEnd', (reqId) => {
        if (reqId !== ask.reqId) return;
        ask.send((api) => api.cancelAccountSummary(ask.reqId));
        ask.done();
      });
      ask.send((api) => api.reqAccountSummary(ask.reqId, 'All', [...Object.values(TAGS), LEDGER].join(',')));
    });
    const told = (tag: string) => {
      const value = values.get(tag);
      if (value === undefined) throw new LegworkError('DATA_MISSING', `The account summary lacks ${tag}.`, { tag });
      return value;
    };
    const { currency } = told(TAGS.netLiquidation);
    const perDollar = currency === DOLLAR ? 1 : values.get(RATE)?.amount;
    if (perDollar === undefined || perDollar <= 0) {
      const kept = currency === '' ? 'without a currency' : `in ${currency}`;
      const text = `The account is told ${kept}, and the broker tells no rate of the dollar for it: no limit can be held against it.`;
      throw new LegworkError('DATA_MISSING', text, { currency });
    }
    const of = (tag: string): Micros => {
      const value = told(tag);
      if (value.currency === currency) return fromNumber(value.amount / perDollar);
      throw new LegworkError('DATA_MISSING', `The account summary has ${tag} in ${value.currency}, not ${currency}.`, {
        tag,
      });
    };
    return {
      account,
      currency,
      perDollar,
      netLiquidation: of(TAGS.netLiquidation),
      buyingPower: of(TAGS.buyingPower),
      availableFunds: of(TAGS.availableFunds),
      initMargin: of(TAGS.initMargin),
      maintMargin: of(TAGS.maintMargin),
    };
  });
}

/** A preview's margins are in the account's currency, its commission in the contract's. */
export function inDollars(answer: WhatIf, perDollar: number): WhatIf {
  const amount = <K extends keyof WhatIf>(key: K) => {
    const value = answer[key];
    return typeof value === 'number' ? { [key]: Math.round(value / perDollar) } : {};
  };
  if (perDollar === 1) return answer;
  return {
    ...answer,
    ...amount('initMarginChange'),
    ...amount('maintMarginChange'),
    ...amount('equityWithLoanAfter'),
    ...amount('initMarginAfter'),
  };
}
