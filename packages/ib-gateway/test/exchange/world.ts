/** A market small enough to know every price, and an exchange on it. */
import { createClock, type GatewayClockHandle } from '../../src/clock.js';
import { type ExchangeScenarioInput, exchangeScenarioSchema } from '../../src/exchange/config.js';
import { createExchange, type SavedExchange, type SimulatedExchange } from '../../src/exchange/index.js';
import type {
  ExchangeEvent,
  GatewayContract,
  GatewayMarket,
  GatewayOrderRequest,
  GatewayQuote,
  Right,
} from '../../src/model.js';

const DAY_MS = 86_400_000;
/** Minutes after midnight UTC; New York is five hours behind until 8 March 2026. */
const OPEN_MINUTE = 14 * 60 + 30;
const CLOSE_MINUTE = 21 * 60;

/** Monday, 10:00 in New York. */
export const MONDAY_10 = Date.parse('2026-03-02T15:00:00Z');
const FRIDAY_CLOSE = Date.parse('2026-03-06T21:00:00Z');

const COMMON = { exchange: 'SMART', primaryExchange: '', currency: 'USD' } as const;
export const STOCK: GatewayContract = {
  ...COMMON,
  conId: 1,
  symbol: 'ABC',
  secType: 'STK',
  localSymbol: 'ABC',
  tradingClass: 'ABC',
};
export const INDEX: GatewayContract = {
  ...COMMON,
  conId: 2,
  symbol: 'IDX',
  secType: 'IND',
  localSymbol: 'IDX',
  tradingClass: 'IDX',
};

function option(conId: number, strike: number, right: Right, underlying = STOCK): GatewayContract {
  const { symbol } = underlying;
  const localSymbol = `${symbol} ${strike}${right}`;
  const named = { symbol, localSymbol, tradingClass: symbol, underlyingConId: underlying.conId };
  return { ...COMMON, ...named, conId, secType: 'OPT', expiry: '20260306', strike, right, multiplier: 100 };
}

export const PUT_90 = option(90, 90, 'P');
export const PUT_95 = option(95, 95, 'P');
export const CALL_105 = option(105, 105, 'C');
export const CALL_110 = option(110, 110, 'C');
export const INDEX_CALL = option(200, 105, 'C', INDEX);
const CONTRACTS = [STOCK, INDEX, PUT_90, PUT_95, CALL_105, CALL_110, INDEX_CALL];

type Shown = Pick<GatewayQuote, 'bid' | 'ask' | 'last'> & { readonly size?: number };

/** The proceeds of such a condor: 0.80 at mid, 0.72 at the far side. */
const START_QUOTES: readonly (readonly [GatewayContract, Shown])[] = [
  [STOCK, { bid: 99.99, ask: 100.01, last: 100 }],
  [PUT_90, { bid: 0.19, ask: 0.23 }],
  [PUT_95, { bid: 0.59, ask: 0.63 }],
  [CALL_105, { bid: 0.59, ask: 0.63 }],
  [CALL_110, { bid: 0.19, ask: 0.23 }],
  [INDEX_CALL, { bid: 1.0, ask: 1.1 }],
];

function isSession(at: number): boolean {
  const weekday = new Date(at).getUTCDay();
  const minute = (at % DAY_MS) / 60_000;
  return weekday >= 1 && weekday <= 5 && minute >= OPEN_MINUTE && minute < CLOSE_MINUTE;
}

class TinyMarket implements GatewayMarket {
  readonly #shown = new Map<number, Shown>(START_QUOTES.map(([contract, quote]) => [contract.conId, quote]));
  spot = 100;
  dividend: { exDate: string; exAt: number; amount: number } | undefined;

  show(contract: GatewayContract, quote: Shown): void {
    this.#shown.set(contract.conId, quote);
  }

  underlyings = () => [STOCK, INDEX];
  contract = (conId: number) => CONTRACTS.find((contract) => contract.conId === conId);
  find = (query: Partial<GatewayContract>) =>
    CONTRACTS.filter((contract) =>
      (['symbol', 'secType', 'expiry', 'strike', 'right'] as const).every(
        (name) => query[name] === undefined || query[name] === contract[name],
      ),
    );
  details = () => undefined;
  chainParams = () => [];
  marketRule = () => undefined;
  quote(conId: number, at: number): GatewayQuote | undefined {
    const shown = this.#shown.get(conId);
    if (!shown) return undefined;
    const { size = 50, ...prices } = shown;
    return {
      ...prices,
      at,
      bidSize: prices.bid === undefined ? 0 : size,
      askSize: prices.ask === undefined ? 0 : size,
    };
  }
  fairValue(conId: number, at: number): number | undefined {
    const contract = this.contract(conId);
    if (contract?.secType !== 'OPT') return this.spot;
    const inner = (contract.right === 'C' ? 1 : -1) * (this.spot - (contract.strike ?? 0));
    const quote = this.quote(conId, at);
    return at >= FRIDAY_CLOSE ? Math.max(0, inner) : ((quote?.bid ?? 0) + (quote?.ask ?? 0)) / 2;
  }
  isOpen = (conId: number, at: number) =>
    isSession(at) && !(this.contract(conId)?.secType === 'OPT' && at >= FRIDAY_CLOSE);
  nextOpen(conId: number, at: number): number {
    let open = Math.floor(at / DAY_MS) * DAY_MS + OPEN_MINUTE * 60_000;
    while (open <= at || !isSession(open)) open += DAY_MS;
    return this.isOpen(conId, open) ? open : Number.POSITIVE_INFINITY;
  }
  sessionClose = (_: number, at: number) =>
    isSession(at) ? Math.floor(at / DAY_MS) * DAY_MS + CLOSE_MINUTE * 60_000 : undefined;
  bars = () => undefined;
  matching = () => [];
  settlementTime = (conId: number) => (this.contract(conId)?.secType === 'OPT' ? FRIDAY_CLOSE : undefined);
  nextDividend = (conId: number, at: number) =>
    conId === STOCK.conId && this.dividend && this.dividend.exAt > at ? this.dividend : undefined;
  headTimestamp = () => undefined;
  isHalted = () => false;
}

export interface World {
  readonly clock: GatewayClockHandle;
  readonly market: TinyMarket;
  readonly exchange: SimulatedExchange;
  readonly events: ExchangeEvent[];
  /** Advances by seconds. */
  wait(seconds: number): void;
  /** Places with the next order id of client 1 unless one is given; returns the id. */
  place(order: Partial<GatewayOrderRequest>): number;
  /** Statuses sent for an order, without repeats. */
  statuses(orderId: number): readonly string[];
  errors(): readonly { readonly id: number; readonly code: number; readonly text: string }[];
}

const QUIET: ExchangeScenarioInput = { callbacks: { duplicates: 0, statusFirst: 0 } };

export function makeWorld(
  scenario: ExchangeScenarioInput = {},
  options: { seed?: number; start?: number; saved?: SavedExchange } = {},
): World {
  const clock = createClock({ mode: 'stepped', start: options.start ?? MONDAY_10 });
  const market = new TinyMarket();
  const exchange = createExchange({
    clock,
    market,
    seed: options.seed ?? 1,
    accounts: ['DU1'],
    scenario: exchangeScenarioSchema.parse({ ...QUIET, ...scenario }),
    ...(options.saved && { saved: options.saved }),
  });
  const events: ExchangeEvent[] = [];
  exchange.on((event) => events.push(event));
  return {
    clock,
    market,
    exchange,
    events,
    wait: (seconds) => clock.advance(clock.now() + seconds * 1000),
    place: (order) => {
      const request = { ...single(CALL_105), orderId: exchange.nextOrderId(order.clientId ?? 1), ...order };
      exchange.place(request);
      return request.orderId;
    },
    statuses: (orderId) => {
      const all = events.flatMap((event) =>
        event.kind === 'orderStatus' && event.order.request.orderId === orderId ? [event.order.status] : [],
      );
      return all.filter((status, index) => status !== all[index - 1]);
    },
    errors: () =>
      events
        .flatMap((event) => (event.kind === 'error' ? [event] : []))
        .map(({ id, code, text }) => ({ id, code, text })),
  };
}

/** A limit order to buy one contract at 0.01; `0` is changed by the tests. */
export function single(contract: GatewayContract): GatewayOrderRequest {
  return {
    orderId: 0,
    clientId: 1,
    contract: {
      conId: contract.conId,
      symbol: contract.symbol,
      secType: contract.secType,
      exchange: 'SMART',
      currency: 'USD',
    },
    comboLegs: [],
    action: 'BUY',
    quantity: 1,
    orderType: 'LMT',
    limitPrice: 0.01,
    tif: 'DAY',
    account: 'DU1',
    orderRef: '',
    transmit: true,
    whatIf: false,
    extra: {},
  };
}

const leg = (contract: GatewayContract, action: 'BUY' | 'SELL', ratio = 1) =>
  ({ conId: contract.conId, ratio, action, exchange: 'SMART', openClose: 0 }) as const;

/** A combo order from signed ratios: above zero is bought. */
export function combo(...legs: readonly (readonly [GatewayContract, number])[]): Partial<GatewayOrderRequest> {
  return {
    contract: { conId: 0, symbol: legs[0]?.[0].symbol ?? '', secType: 'BAG', exchange: 'SMART', currency: 'USD' },
    comboLegs: legs.map(([contract, ratio]) => leg(contract, ratio > 0 ? 'BUY' : 'SELL', Math.abs(ratio))),
  };
}

/** The short condor of this market, bought at a negative price. */
export const CONDOR = combo([PUT_90, 1], [PUT_95, -1], [CALL_105, -1], [CALL_110, 1]);
/** Its closing order. */
export const CONDOR_BACK = combo([PUT_90, -1], [PUT_95, 1], [CALL_105, 1], [CALL_110, -1]);
