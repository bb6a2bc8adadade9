/**
 * A3: market data lines that the broker refuses come back by themselves, without a new session, and without a flood. How soon is held by
 * quote-recovery.test.ts, on a clock of its own; here it depends on the machine, so `npm run test:slow` measures it.
 */
import { afterEach, expect, it } from '@jest/globals';
import type { Values } from 'ib-gateway/client';
import { daysToExpiry } from 'market-time';
import type { LineContract } from '../../src/broker/api.js';
import type { Broker } from '../../src/broker/index.js';
import { isWhole } from '../support/whole.js';
import { DEADLINE_MS, present, startWorld, until, usable, type World } from './support.js';
import { startTapped, type Tap, type TappedWorld } from './tap.js';

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

/**
 * Longest time from the return of the data to the last quote, ms: a promise to users, so the timeout factor does not
 * stretch it.
 */
const BACK_WITHIN_MS = 15_000;
/** Wall time between two requests of a group, ms. */
const TURN_MS = 5_000;
const CODES = [354, 10168, 10186, 10189, 10197, 101] as const;
const STOCKS = ['SPY', 'QQQ', 'IWM', 'AAPL', 'MSFT', 'META'];

/** The quotes are back by themselves, where the machine is at leisure within the promised time. */
async function areBack(all: () => boolean | Promise<boolean>): Promise<void> {
  const begun = performance.now();
  while (!(await all())) {
    const ms = performance.now() - begun;
    if (ms > DEADLINE_MS) throw new Error('the quotes do not come back');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  if (isWhole) expect(performance.now() - begun).toBeLessThan(BACK_WITHIN_MS);
}

/** Turns of a group since then, at most: one that begins meanwhile counts. */
const turnsSince = (begun: number): number => Math.ceil((performance.now() - begun) / TURN_MS);

/** Options of SPY near the money, which are quoted on both sides. */
async function options(broker: Broker, count: number): Promise<readonly LineContract[]> {
  const spy = await broker.underlying('SPY');
  const chain = present((await broker.optionClasses(spy)).find((row) => row.tradingClass === 'SPY'));
  const expiry = present(chain.expirations.find((date) => daysToExpiry(broker.clock.now(), date) >= 30));
  const middle = Math.floor(chain.strikes.length / 2);
  const strikes = chain.strikes.slice(middle - Math.ceil(count / 2) - 5, middle + Math.ceil(count / 2) + 5);
  const found = await broker.qualify(
    spy,
    strikes.map((strike) => ({ tradingClass: 'SPY', expiry, strike, right: 'PUT' as const, multiplier: 100 })),
  );
  return found.slice(0, count).map(({ contract: { conId } }) => ({ conId, secType: 'OPT', exchange: 'SMART' }));
}

/** Refuses the lines of some contracts at the tap, each with its code, and lets them pass later. */
class Refusing {
  private readonly codes = new Map<number, number>();
  private readonly lines = new Map<number, number>();
  private readonly muted = new Set<number>();

  constructor(private readonly tap: Tap) {
    tap.ask = ({ name, values }) => this.asked(name, values);
    tap.answer = ({ values }) => (this.muted.has(Number(values.reqId)) ? [] : undefined);
  }

  /** From now on; open lines get the error, and no more ticks. */
  begin(codeOf: ReadonlyMap<number, number>): void {
    for (const [conId, code] of codeOf) this.codes.set(conId, code);
    for (const [reqId, conId] of this.lines) {
      const code = codeOf.get(conId);
      if (code === undefined) continue;
      this.muted.add(reqId);
      // A refused line is no line at the broker; left there it would count towards the hundred.
      this.tap.demand('CANCEL_MKT_DATA', { reqId });
      this.lines.delete(reqId);
      this.refuse(reqId, code);
    }
  }

  /** For these contracts, or for all. */
  end(conIds?: readonly number[]): void {
    if (conIds === undefined) this.codes.clear();
    for (const conId of conIds ?? []) this.codes.delete(conId);
  }

  private asked(name: string, values: Values): readonly never[] | undefined {
    if (name !== 'REQ_MKT_DATA') return undefined;
    const code = this.codes.get(Number(values.conId));
    if (code !== undefined) {
      this.refuse(Number(values.reqId), code);
      return [];
    }
    this.lines.set(Number(values.reqId), Number(values.conId));
    return undefined;
  }

  private refuse(id: number, code: number): void {
    this.tap.say('ERR_MSG', { id, code, text: `Refused by the test (${code})` });
  }
}

interface Scene extends TappedWorld {
  readonly refusing: Refusing;
  readonly lines: readonly LineContract[];
}

async function scene(count: number): Promise<Scene> {
  let refusing: Refusing | undefined;
  // The tap ends a hundred lines at once for the gateway, which no client may.
  const started = await startTapped({ gateway: { messageRate: 0 }, broker: { lineLimit: 130 } }, (tap) => {
    refusing = new Refusing(tap);
  });
  world = started;
  await usable(started.broker);
  return { ...started, refusing: present(refusing), lines: await options(started.broker, count) };
}

it('A3 quotes are back after a competing session ends', async () => {
  const started = await startWorld();
  world = started;
  const { broker, gateway } = started;
  const epoch = await usable(broker);
  const lines = await options(broker, 3);
  const quotes = broker.quotes.subscribe(lines);
  const all = () => lines.every(({ conId }) => quotes.latest(conId)?.kind === 'live');
  await until(all);
  gateway.fault({ kind: 'marketData', state: 'competing' });
  await until(() => lines.every(({ conId }) => quotes.latest(conId) === undefined));
  expect((await broker.quotes.snapshot(lines, 1_000)).size).toBe(0);
  gateway.fault({ kind: 'marketData', state: 'live' });
  await areBack(all);
  expect((await broker.quotes.snapshot(lines, DEADLINE_MS)).size).toBe(lines.length);
  expect(broker.state().epoch).toBe(epoch);
});

it('A3 after a temporary refusal, by each code for one line and for many, quotes are back in the same session, without a flood', async () => {
  const { broker, tap, lines: many, refusing } = await scene(15 * CODES.length);
  const { epoch } = broker.state();
  // Stocks are a group of their own: with one line for each code.
  const single = await Promise.all(STOCKS.map((symbol) => broker.underlying(symbol)));
  const lines = [...many, ...single];
  const quotes = broker.quotes.subscribe(lines);
  const shown = () => lines.filter(({ conId }) => quotes.latest(conId)?.kind === 'live').length;
  await until(() => shown() === lines.length);
  refusing.begin(new Map(lines.map(({ conId }, index) => [conId, present(CODES[index % CODES.length])])));
  await until(() => shown() === 0);
  for (const { conId } of lines) expect(broker.quotes.trouble(conId)).toContain('Refused by the test');
  const begun = tap.count('REQ_MKT_DATA');
  const first = performance.now();
  // A watch that refreshes quiet quotes, and an order that is priced repeatedly, add nothing to it.
  for (let look = 0; look < 20; look++) {
    for (const { conId } of lines) quotes.refresh(conId);
    expect((await broker.quotes.snapshot(lines, 50)).size).toBe(0);
  }
  const groups = 2 * CODES.length;
  await until(() => tap.count('REQ_MKT_DATA') - begun >= groups);
  expect(tap.count('REQ_MKT_DATA') - begun).toBeLessThanOrEqual(groups * turnsSince(first));
  refusing.end();
  await areBack(() => shown() === lines.length);
  expect(broker.state().epoch).toBe(epoch);
  expect((await broker.quotes.snapshot(lines, DEADLINE_MS)).size).toBe(lines.length);
  for (const { conId } of lines) expect(broker.quotes.trouble(conId)).toBeUndefined();
});

it('A3 a hundred lines refused with each code in turn: quotes are back in the same session', async () => {
  const { broker, refusing, lines } = await scene(100);
  const { epoch } = broker.state();
  const quotes = broker.quotes.subscribe(lines);
  const shown = () => lines.filter(({ conId }) => quotes.latest(conId)?.kind === 'live').length;
  await until(() => shown() === 100);
  for (const code of CODES) {
    refusing.begin(new Map(lines.map(({ conId }) => [conId, code])));
    await until(() => shown() === 0);
    refusing.end();
    await areBack(() => shown() === 100);
  }
  expect(broker.state().epoch).toBe(epoch);
});

it('A3 lines that are refused for good hold back none of another underlying, and are requested one at a time', async () => {
  const { broker, tap, refusing, lines } = await scene(9);
  // Short legs of an underlying without a subscription, before those of one that passes.
  const marked = lines.map((line, index): LineContract => {
    return index < 6 ? { ...line, symbol: 'SPX', role: 'short' } : { ...line, symbol: 'SPY', role: 'leg' };
  });
  const [never, passing] = [marked.slice(0, 6), marked.slice(6)];
  const quotes = broker.quotes.subscribe(marked);
  const shown = (some: readonly LineContract[]) =>
    some.filter(({ conId }) => quotes.latest(conId)?.kind === 'live').length;
  await until(() => shown(marked) === marked.length);
  const begun = performance.now();
  const before = tap.count('REQ_MKT_DATA');
  refusing.begin(new Map(marked.map(({ conId }) => [conId, 354])));
  await until(() => tap.count('REQ_MKT_DATA') - before >= 2);
  expect(tap.count('REQ_MKT_DATA') - before).toBeLessThanOrEqual(2 * turnsSince(begun));
  refusing.end(passing.map(({ conId }) => conId));
  await areBack(() => shown(passing) === passing.length);
  expect(shown(never)).toBe(0);
});

it('A3 a refused contract that nobody watches is requested once, however often an order is priced by it', async () => {
  const { broker, tap, lines, refusing } = await scene(2);
  refusing.begin(new Map(lines.map(({ conId }) => [conId, 354])));
  const begun = performance.now();
  for (let read = 0; read < 20; read++) expect((await broker.quotes.snapshot(lines, 100)).size).toBe(0);
  expect(tap.count('REQ_MKT_DATA')).toBeLessThanOrEqual(lines.length + turnsSince(begun));
  refusing.end();
  await areBack(async () => (await broker.quotes.snapshot(lines, 100)).size === lines.length);
});

/** The error of a line, the ticks that follow, and its quote then. */
const ADVICE = [
  [10090, 'a part is missing, the other ticks come', 'tick', 'live'],
  [10091, 'a part is missing, the other ticks come', 'tick', 'live'],
  [10167, 'delayed quotes follow', 'delayed', 'delayed'],
  [10089, 'nothing comes', 'none', undefined],
  [10089, 'delayed quotes come all the same', 'delayed', 'delayed'],
  [200, 'no such contract', 'none', undefined],
] as const;

it.each(ADVICE)('code %i, %s: ticks %s, quote %s', async (code, _words, ticks, kind) => {
  let reqId = 0;
  const started = await startTapped({}, (one) => {
    one.ask = ({ name, values }) => {
      if (name !== 'REQ_MKT_DATA') return undefined;
      reqId = Number(values.reqId);
      return [];
    };
  });
  world = started;
  const { broker, tap } = started;
  await usable(broker);
  const spy = await broker.underlying('SPY');
  const quotes = broker.quotes.subscribe([spy]);
  await until(() => reqId > 0);
  tap.say('ERR_MSG', { id: reqId, code, text: 'as the test says' });
  if (ticks !== 'none') {
    const delayed = ticks === 'delayed';
    tap.say('MARKET_DATA_TYPE', { reqId, marketDataType: delayed ? 3 : 1 });
    for (const [tickType, price] of [
      [delayed ? 66 : 1, 600],
      [delayed ? 67 : 2, 600.02],
    ] as const)
      tap.say('TICK_PRICE', { reqId, tickType, price, size: 100, attributes: 0 });
  }
  await broker.probe(DEADLINE_MS);
  if (kind === undefined) {
    await until(() => broker.quotes.trouble(spy.conId));
    expect(quotes.latest(spy.conId)).toBeUndefined();
    expect(broker.quotes.trouble(spy.conId)).toContain(`(${code})`);
  } else {
    await until(() => quotes.latest(spy.conId)?.bid);
    expect(quotes.latest(spy.conId)?.kind).toBe(kind);
    expect(broker.quotes.trouble(spy.conId)).toBeUndefined();
  }
});

it('sizes and day figures that come during a refusal do not reopen the other lines', async () => {
  const { broker, tap, lines, refusing } = await scene(6);
  const quotes = broker.quotes.subscribe(lines);
  await until(() => lines.every(({ conId }) => quotes.latest(conId)?.kind === 'live'));
  refusing.begin(new Map(lines.map(({ conId }) => [conId, 10197])));
  await until(() => lines.every(({ conId }) => quotes.latest(conId) === undefined));
  const since = performance.now();
  const begun = tap.count('REQ_MKT_DATA');
  const reqIds = tap.asked.filter(({ name }) => name === 'REQ_MKT_DATA').map(({ values }) => Number(values.reqId));
  for (const reqId of reqIds) {
    tap.say('TICK_SIZE', { reqId, tickType: 28, size: 1_000 });
    tap.say('TICK_PRICE', { reqId, tickType: 9, price: 5, size: 0, attributes: 0 });
  }
  await broker.probe(DEADLINE_MS);
  expect(tap.count('REQ_MKT_DATA') - begun).toBeLessThanOrEqual(turnsSince(since));
  expect(lines.every(({ conId }) => quotes.latest(conId) === undefined)).toBe(true);
});
