/** Positions and money of the account. */
import { defined } from '../domain/defined.js';
import { LegworkError } from '../domain/errors.js';
import { fromNumber, type Micros } from '../domain/money.js';
import type { AccountSummary, BrokerPosition, Complete } from './api.js';
import { rightOf } from './option-details.js';
import type { Requests } from './requests.js';

const TAGS = {
  netLiquidation: 'NetLiquidation',
  buyingPower: 'BuyingPower',
  availableFunds: 'AvailableFunds',
  initMargin: 'InitMarginReq',
  maintMargin: 'MaintMarginReq',
} as const;

/** All positions of all managed accounts; a position of zero is none. */
export function readPositions(requests: Requests): Promise<Complete<BrokerPosition>> {
  return requests.list<BrokerPosition>('positions', (ask, rows) => {
    ask.on('position', (account, contract, quantity, averageCost) => {
      if (quantity === 0) return;
      const right = rightOf(contract.right);
      const expiry = (contract.lastTradeDateOrContractMonth ?? '').slice(0, 8);
      rows.push({
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
      ask.send((api) => api.cancelPositions());
      ask.done();
    });
    ask.send((api) => api.reqPositions());
  });
}

/** Throws DATA_MISSING when the broker leaves out one of the amounts. One at a time: the broker allows two. */
export function readSummary(requests: Requests, account: string): Promise<AccountSummary> {
  return requests.inTurn('account summary', async () => {
    const values = new Map<string, Micros>();
    await requests.ask<void>('the account summary', (ask) => {
      ask.on('accountSummary', (reqId, owner, tag, value) => {
        const amount = Number(value);
        if (reqId === ask.reqId && owner === account && value !== '' && Number.isFinite(amount))
          values.set(tag, fromNumber(amount));
      });
      ask.on('accountSummaryEnd', (reqId) => {
        if (reqId !== ask.reqId) return;
        ask.send((api) => api.cancelAccountSummary(ask.reqId));
        ask.done();
      });
      ask.send((api) => api.reqAccountSummary(ask.reqId, 'All', Object.values(TAGS).join(',')));
    });
    const of = (tag: string): Micros => {
      const value = values.get(tag);
      if (value === undefined) throw new LegworkError('DATA_MISSING', `The account summary lacks ${tag}.`, { tag });
      return value;
    };
    return {
      account,
      netLiquidation: of(TAGS.netLiquidation),
      buyingPower: of(TAGS.buyingPower),
      availableFunds: of(TAGS.availableFunds),
      initMargin: of(TAGS.initMargin),
      maintMargin: of(TAGS.maintMargin),
    };
  });
}
