/** Runs script.json with @stoqey/ib against a gateway, step for step what insync_run.py does with ib_async and ib_insync. */
import { type Contract, EventName, type Order, OrderAction, OrderType, SecType } from '@stoqey/ib';
import { type Client, connectClient, decodingErrors } from '../protocol/support/fixture.js';

/** The contents of script.json. */
export interface ClientScript {
  readonly underlying: { readonly symbol: string; readonly exchange: string; readonly currency: string };
  readonly expiry: string;
  readonly shortStrike: number;
  readonly longStrike: number;
  readonly genericTicks: string;
  readonly quantity: number;
  readonly orderRef: string;
  readonly bracket: {
    readonly quantity: number;
    readonly entry: number;
    readonly target: number;
    readonly stop: number;
  };
  /** The combo to change: strikes of the bought and of the sold put, and its successive prices. */
  readonly combo: { readonly strikes: readonly [number, number]; readonly prices: readonly [number, number, number] };
  readonly mostSteps: number;
  readonly history: { readonly duration: string; readonly barSize: string; readonly whatToShow: string };
  readonly marketRule: number;
  readonly pattern: string;
}

export interface ClientRun {
  readonly seen: Readonly<Record<string, unknown>>;
  readonly decoderErrors: readonly unknown[];
  readonly errors: readonly number[];
}

type Row = readonly unknown[];

/** The client with short ways to request and to wait. */
class Driver {
  readonly #client: Client;
  readonly #control: string;
  #reqId = 9_000;

  constructor(client: Client, controlPort: number) {
    this.#client = client;
    this.#control = `http://127.0.0.1:${controlPort}`;
  }

  get api(): Client['api'] {
    return this.#client.api;
  }

  get client(): Client {
    return this.#client;
  }

  nextId(): number {
    this.#reqId += 1;
    return this.#reqId;
  }

  /** Sends a request and returns the rows of `row` until `end`, by its id. */
  async rows(row: EventName, end: EventName, ask: (reqId: number) => void): Promise<Row[]> {
    const reqId = this.nextId();
    const from = this.#client.heard.length;
    ask(reqId);
    await this.#client.wait(end, ((id: unknown) => Number(id) === reqId) as never, from);
    return this.#client.heard.slice(from).filter(([name, id]) => name === row && Number(id) === reqId);
  }

  /** Sends a request that is answered by one event with its id, or by the first of its kind. */
  async one(event: EventName, ask: (reqId: number) => void, byId = true): Promise<Row> {
    const reqId = this.nextId();
    const from = this.#client.heard.length;
    ask(reqId);
    return this.#client.wait(event, ((id: unknown) => !byId || id === reqId) as never, from);
  }

  /** Resolves when everything sent before has been answered. */
  async barrier(): Promise<void> {
    await this.one(EventName.currentTime, () => this.api.reqCurrentTime(), false);
  }

  async step(seconds = 1): Promise<void> {
    await this.barrier();
    const { now } = (await (await fetch(`${this.#control}/status`)).json()) as { now: number };
    await fetch(`${this.#control}/advance`, { method: 'POST', body: JSON.stringify({ to: now + seconds * 1_000 }) });
    await this.barrier();
  }

  /** The last value of a tick of a line. */
  tick(reqId: number, type: number): number {
    const found = this.#client.heard.filter(
      ([name, id, tick]) => name === EventName.tickPrice && id === reqId && tick === type,
    );
    return Number(found.at(-1)?.[3]);
  }

  /** The last status of an order as [status, filled, average price, perm id]. */
  status(orderId: number): Row {
    const found = this.#client.heard.filter(([name, id]) => name === EventName.orderStatus && id === orderId);
    const [, , status, filled, , average, permId] = found.at(-1) ?? [];
    return [status, filled, average, permId];
  }
}

const round = (value: unknown, digits = 4): number => Number(Number(value).toFixed(digits));
const byText = (left: unknown, right: unknown): number =>
  JSON.stringify(left) < JSON.stringify(right) ? -1 : Number(JSON.stringify(left) > JSON.stringify(right));
const byNumbers = (left: readonly unknown[], right: readonly unknown[]): number => Number(left[0]) - Number(right[0]);

interface Found {
  readonly spy: Contract;
  readonly spot: number;
  readonly long: Contract;
  readonly short: Contract;
}

async function chains(driver: Driver, script: ClientScript, seen: Record<string, unknown>): Promise<Found> {
  const { api } = driver;
  const underlying: Contract = { ...script.underlying, secType: SecType.STK };
  const [details] = await driver.rows(EventName.contractDetails, EventName.contractDetailsEnd, (id) =>
    api.reqContractDetails(id, underlying),
  );
  if (!details) throw new Error('the underlying is not listed');
  const spy = (details[2] as { contract: Contract }).contract;
  let line = 0;
  await driver.one(EventName.tickSnapshotEnd, (id) => {
    line = id;
    api.reqMktData(id, spy, '', true, false);
  });
  const spot = round((driver.tick(line, 1) + driver.tick(line, 2)) / 2, 6);
  const rows = await driver.rows(
    EventName.securityDefinitionOptionParameter,
    EventName.securityDefinitionOptionParameterEnd,
    (id) => api.reqSecDefOptParams(id, 'SPY', '', SecType.STK, spy.conId ?? 0),
  );
  const [, , , , tradingClass, multiplier, expirations, strikes] = rows.find((row) => row[2] === 'SMART') ?? [];
  seen.spot = spot;
  seen.chain = [tradingClass, String(multiplier), (expirations as unknown[]).length, (strikes as unknown[]).length];
  const puts = await driver.rows(EventName.contractDetails, EventName.contractDetailsEnd, (id) =>
    api.reqContractDetails(id, {
      ...{ symbol: 'SPY', secType: SecType.OPT, right: 'P' as never, exchange: 'SMART', currency: 'USD' },
      lastTradeDateOrContractMonth: script.expiry,
    }),
  );
  const contracts = puts.map((row) => (row[2] as { contract: Contract }).contract);
  const nearest = (share: number): Contract => {
    const distance = (row: Contract): number => Math.abs((row.strike ?? 0) - share * spot);
    const [best] = contracts.sort((a, b) => distance(a) - distance(b) || (a.strike ?? 0) - (b.strike ?? 0));
    if (!best) throw new Error('the chain is empty');
    return best;
  };
  const short = nearest(script.shortStrike);
  const long = nearest(script.longStrike);
  seen.legs = [long.conId, short.conId, long.strike, short.strike];
  return { spy, spot, long, short };
}

async function quotes(driver: Driver, script: ClientScript, found: Found): Promise<readonly (readonly number[])[]> {
  const lines: (readonly number[])[] = [];
  for (const leg of [found.long, found.short]) {
    const reqId = driver.nextId();
    driver.api.reqMktData(reqId, leg, script.genericTicks, false, false);
    const [, , , , , delta] = await driver.client.wait(
      EventName.tickOptionComputation,
      ((id: number, type: number) => id === reqId && type === 13) as never,
    );
    lines.push([driver.tick(reqId, 1), driver.tick(reqId, 2), round(delta, 6)]);
  }
  return lines;
}

/** Generic tick 456: past and next twelve months, date and amount of the next dividend. */
async function dividends(driver: Driver, spy: Contract): Promise<readonly unknown[]> {
  const reqId = driver.nextId();
  driver.api.reqMktData(reqId, spy, '456', false, false);
  const [, , , text] = await driver.client.wait(
    EventName.tickString,
    ((id: number, type: number) => id === reqId && type === 59) as never,
  );
  const [past, next, date, amount] = String(text).split(',');
  return [Number(past), Number(next), date, Number(amount)];
}

async function trade(
  driver: Driver,
  script: ClientScript,
  found: Found,
  natural: number,
  seen: Record<string, unknown>,
): Promise<void> {
  const { api, client } = driver;
  const leg = (contract: Contract, action: OrderAction) => ({
    ...{ conId: contract.conId ?? 0, ratio: 1, action, exchange: 'SMART' },
  });
  const bag: Contract = {
    ...{ symbol: 'SPY', secType: SecType.BAG, exchange: 'SMART', currency: 'USD' },
    comboLegs: [leg(found.long, OrderAction.BUY), leg(found.short, OrderAction.SELL)],
  };
  const order: Order = {
    ...{ action: OrderAction.BUY, orderType: OrderType.LMT, totalQuantity: script.quantity, lmtPrice: natural },
    ...{ tif: 'DAY', orderRef: script.orderRef, transmit: true },
  };
  api.placeOrder(1, bag, { ...order, whatIf: true });
  const [, , , , state] = await client.wait(EventName.openOrder, (id: number) => id === 1);
  const preview = state as { initMarginChange: number; commission: number };
  seen.whatIf = [round(preview.initMarginChange, 2), round(preview.commission)];

  api.placeOrder(2, bag, { ...order, smartComboRoutingParams: [{ tag: 'NonGuaranteed', value: '0' }] });
  const fills: number[] = [];
  for (let step = 0; step < script.mostSteps && driver.status(2)[0] !== 'Filled'; step += 1) {
    await driver.step();
    const filled = Number(driver.status(2)[1]);
    if (filled > 0 && !fills.includes(filled)) fills.push(filled);
  }
  const [status, , average, permId] = driver.status(2);
  seen.fills = fills;
  seen.order = [status, Number(permId) > 0, round(average)];
}

async function bracket(
  driver: Driver,
  script: ClientScript,
  found: Found,
  seen: Record<string, unknown>,
): Promise<void> {
  const { api } = driver;
  const plan = script.bracket;
  const dollars = (share: number): number => Math.floor(share * found.spot);
  const common = { totalQuantity: plan.quantity, tif: 'DAY', account: 'DU1000000' } as const;
  const limit = { orderType: OrderType.LMT, ...common };
  const orders: readonly Order[] = [
    { ...limit, action: OrderAction.BUY, lmtPrice: dollars(plan.entry), transmit: false },
    { ...limit, action: OrderAction.SELL, lmtPrice: dollars(plan.target), parentId: 3, transmit: false },
    {
      ...{ orderType: OrderType.STP, ...common, action: OrderAction.SELL, auxPrice: dollars(plan.stop) },
      ...{ parentId: 3, transmit: true },
    },
  ];
  for (const [index, order] of orders.entries()) api.placeOrder(3 + index, found.spy, order);
  await driver.step(5);
  const statuses = (): unknown[] => [3, 4, 5].map((id) => driver.status(id)[0]);
  seen.bracket = statuses();
  const from = driver.client.heard.length;
  await driver.one(EventName.openOrderEnd, () => api.reqAllOpenOrders(), false);
  seen.open = driver.client.heard.slice(from).filter(([name]) => name === EventName.openOrder).length;
  api.cancelOrder(3);
  await driver.step(5);
  seen.cancelled = statuses();
}

async function account(driver: Driver, found: Found, seen: Record<string, unknown>): Promise<void> {
  const { api, client } = driver;
  const from = client.heard.length;
  const rows = await driver.rows(EventName.execDetails, EventName.execDetailsEnd, (id) => api.reqExecutions(id, {}));
  const executions = rows.map((row) => row[3] as { side: string; shares: number; price: number });
  const types = rows.map((row) => (row[2] as Contract).secType);
  seen.executions = executions
    .map(({ side, shares, price }, index) => [types[index], side, shares, round(price)])
    .sort(byText);
  const reports = client.heard.slice(from).filter(([name]) => name === EventName.commissionReport);
  seen.commissions = round(
    reports.reduce((sum, [, report]) => sum + ((report as { commission?: number }).commission ?? 0), 0),
  );
  await driver.one(EventName.completedOrdersEnd, () => api.reqCompletedOrders(false), false);
  seen.completed = client.heard
    .filter(([name]) => name === EventName.completedOrder)
    .map(([, , order, state]) => [(order as Order).orderType, (state as { status: string }).status])
    .sort(byText);
  await driver.one(EventName.positionEnd, () => api.reqPositions(), false);
  seen.positions = client.heard
    .filter(([name]) => name === EventName.position)
    .map(([, , contract, quantity]) => [(contract as Contract).conId, quantity])
    .sort(byNumbers);
  const tags = 'NetLiquidation,BuyingPower,InitMarginReq';
  const summary = await driver.rows(EventName.accountSummary, EventName.accountSummaryEnd, (id) =>
    api.reqAccountSummary(id, 'All', tags),
  );
  seen.summary = summary.map((row) => row[3]).sort();
  await driver.one(EventName.accountDownloadEnd, () => api.reqAccountUpdates(true, 'DU1000000'), false);
  seen.portfolio = client.heard
    .filter(([name]) => name === EventName.updatePortfolio)
    .map(([, contract, quantity]) => [(contract as Contract).conId, quantity])
    .sort(byNumbers);
  const [, , , , realized] = await driver.one(EventName.pnl, (id) => api.reqPnL(id, 'DU1000000', ''));
  const [, , position] = await driver.one(EventName.pnlSingle, (id) =>
    api.reqPnLSingle(id, 'DU1000000', '', found.short.conId ?? 0),
  );
  seen.pnl = [round(realized), position];
}

async function history(
  driver: Driver,
  script: ClientScript,
  found: Found,
  seen: Record<string, unknown>,
): Promise<void> {
  const { api, client } = driver;
  const { duration, barSize, whatToShow } = script.history;
  const barsOf = async (length: string, size: string): Promise<Row[]> => {
    const reqId = driver.nextId();
    api.reqHistoricalData(reqId, found.spy, '', length, size as never, whatToShow as never, 1, 1, false);
    const ended = (id: number, date: string): boolean => id === reqId && date.startsWith('finished');
    await client.wait(EventName.historicalData, ended as never);
    return client.heard.filter(
      ([name, id, date]) => name === EventName.historicalData && id === reqId && !String(date).startsWith('finished'),
    );
  };
  const bars = await barsOf(duration, barSize);
  seen.history = [bars.length, ...(bars.at(-1) ?? []).slice(3, 7)];
  const hours = await barsOf('1 D', '1 hour');
  seen.hours = [hours.length, String(hours[0]?.[2]).slice(0, 17)];
  const [, , increments] = await driver.one(EventName.marketRule, () => api.reqMarketRule(script.marketRule), false);
  seen.rule = (increments as { lowEdge: number; increment: number }[]).map((row) => [row.lowEdge, row.increment]);
  const [, , symbols] = await driver.one(EventName.symbolSamples, (id) => api.reqMatchingSymbols(id, script.pattern));
  seen.symbols = (symbols as { contract: Contract }[]).map((row) => row.contract.symbol);
  const [, , head] = await driver.one(EventName.headTimestamp, (id) =>
    api.reqHeadTimestamp(id, found.spy, 'TRADES' as never, true, 2),
  );
  seen.head = `${Number(head)}.0`;
  const [, , , , , sessions] = await driver.one(EventName.historicalSchedule, (id) =>
    api.reqHistoricalData(id, found.spy, '', '5 D', '1 day' as never, 'SCHEDULE' as never, 1, 1, false),
  );
  seen.schedule = (sessions as { refDate: string }[]).map((row) => row.refDate);
}

async function rest(driver: Driver, found: Found, ask: number, seen: Record<string, unknown>): Promise<void> {
  const { api, client } = driver;
  const [, , items] = await driver.one(EventName.histogramData, (id) =>
    api.reqHistogramData(id, found.spy, true, 1, 'WEEK' as never),
  );
  seen.histogram = (items as unknown[]).length > 10;
  const past = (id: number, start: string, end: string, what: string) =>
    api.reqHistoricalTicks(id, found.spy, start, end, 5, what as never, 1, false);
  const [, , ticks] = await driver.one(EventName.historicalTicksBidAsk, (id) =>
    past(id, '20260302-14:40:00', '', 'BID_ASK'),
  );
  const [first] = ticks as { priceBid: number; priceAsk: number }[];
  seen.ticks = [(ticks as unknown[]).length, first?.priceBid, first?.priceAsk];
  const [, , last] = await driver.one(EventName.historicalTicksLast, (id) =>
    past(id, '', '20260302-14:55:00', 'TRADES'),
  );
  seen.lastTicks = (last as unknown[]).length;
  const [, , mid] = await driver.one(EventName.historicalTicks, (id) => past(id, '', '20260302-14:55:00', 'MIDPOINT'));
  seen.midTicks = (mid as unknown[]).length;
  const [, providers] = await driver.one(EventName.newsProviders, () => api.reqNewsProviders(), false);
  seen.news = (providers as { providerCode: string }[]).map((row) => row.providerCode);
  const [, , components] = await driver.one(EventName.smartComponents, (id) => api.reqSmartComponents(id, '9c0001'));
  seen.components = (components as Map<number, unknown>).size;
  const [, exchanges] = await driver.one(EventName.mktDepthExchanges, () => api.reqMktDepthExchanges(), false);
  seen.depth = (exchanges as unknown[]).length > 0;
  const [, , user] = await driver.one(EventName.userInfo, (id) => api.reqUserInfo(id));
  seen.user = user;
  const [, , , , implied] = await driver.one(EventName.tickOptionComputation, (id) =>
    api.calculateImpliedVolatility(id, found.short, ask, found.spot),
  );
  seen.implied = Number(implied) > 0.05 && Number(implied) < 1;
  const [, , , , , , price] = await driver.one(EventName.tickOptionComputation, (id) =>
    api.calculateOptionPrice(id, found.short, Number(implied), found.spot),
  );
  seen.price = Math.abs(Number(price) - ask) < 0.01;
  api.reqTickByTickData(driver.nextId(), found.spy, 'BidAsk' as never, 0, false);
  api.reqRealTimeBars(driver.nextId(), found.spy, 5, 'TRADES' as never, true);
  await driver.step(20);
  const heard = (event: EventName): boolean => client.heard.some(([name]) => name === event);
  seen.streams = [heard(EventName.tickByTickBidAsk), heard(EventName.realtimeBar)];
}

/** Runs the script to its end; `decoderErrors` are what the client could not decode (code 505). */
export async function runWithStoqey(port: number, controlPort: number, script: ClientScript): Promise<ClientRun> {
  const client = await connectClient(port, 7);
  try {
    const driver = new Driver(client, controlPort);
    const accounts = client.heard.find(([name]) => name === EventName.managedAccounts)?.[1];
    const seen: Record<string, unknown> = { version: client.api.serverVersion, accounts: String(accounts).split(',') };
    const found = await chains(driver, script, seen);
    const lines = await quotes(driver, script, found);
    seen.quotes = lines;
    seen.dividends = await dividends(driver, found.spy);
    const ask = lines[1]?.[1] ?? 0;
    const natural = round((lines[0]?.[1] ?? 0) - (lines[1]?.[0] ?? 0), 2);
    await trade(driver, script, found, natural, seen);
    await bracket(driver, script, found, seen);
    await account(driver, found, seen);
    await history(driver, script, found, seen);
    await rest(driver, found, ask, seen);
    const codes = client.heard.filter(([name]) => name === EventName.error).map(([, , code]) => Number(code));
    return { seen, decoderErrors: decodingErrors(client), errors: [...new Set(codes)].sort() };
  } finally {
    client.close();
  }
}
