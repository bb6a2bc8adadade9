/** The basis of an entry: the listed class, expiration and strikes, at the simulated gateway (cases C02, C03). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { ScenarioInput } from 'ib-gateway';
import { stringify } from 'yaml';
import { buildForRequest } from '../../src/activities/entry/build.js';
import { UnderlyingFeeds } from '../../src/activities/market/underlying-feed.js';
import type { BrokerParts } from '../../src/activities/parts.js';
import { parseLeg } from '../../src/cli/arguments.js';
import { settingsSchema } from '../../src/config/schema.js';
import type { BuildVerdict } from '../../src/contract/activities.js';
import type { EntryRequest } from '../../src/contract/requests.js';
import type { StrategyPlan } from '../../src/domain/strategy/strategy.js';
import { startWorld, usable, type World } from '../broker/support.js';

/** One gateway per scenario: no test here changes its market. */
const worlds = new Map<string, Promise<World>>();
afterAll(async () => {
  for (const world of worlds.values()) await (await world).close();
});

async function worldOf(scenario: ScenarioInput): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-build-'));
  const file = join(folder, 'scenario.yaml');
  writeFileSync(file, stringify(scenario));
  const world = await startWorld({ gateway: { scenario: file } });
  rmSync(folder, { recursive: true });
  await usable(world.broker);
  return world;
}

async function partsAt(scenario: ScenarioInput = {}): Promise<BrokerParts> {
  const key = JSON.stringify(scenario);
  const world = worlds.get(key) ?? worldOf(scenario);
  worlds.set(key, world);
  const { broker } = await world;
  const deps = { broker, settings: () => settingsSchema.parse({}), stepped: () => false };
  return { deps, feeds: new UnderlyingFeeds(broker) } as unknown as BrokerParts;
}

async function build(parts: BrokerParts, request: Partial<EntryRequest>): Promise<BuildVerdict> {
  return await buildForRequest(parts, {
    entryId: 'a-test',
    symbol: 'SPY',
    strategyType: 'custom',
    quantity: 1,
    pricing: { kind: 'walk' },
    set: {},
    dryRun: true,
    ignoreSignal: true,
    ...request,
  });
}

async function planned(parts: BrokerParts, request: Partial<EntryRequest>): Promise<StrategyPlan> {
  const verdict = await build(parts, request);
  if (verdict.kind === 'refused') throw new Error(verdict.reasons.join(' '));
  return verdict.plan;
}

const legs = (...texts: string[]) => texts.map(parseLeg);

describe('strikes are chosen among those that the expiration lists (case C03)', () => {
  const far = { dteMin: '250', dte: '290', dteMax: '340' };
  it.each<[string, EntryRequest['strategyType'], Record<string, string>, number]>([
    ['SPY', 'bull_put_spread', far, 5],
    ['SPY', 'iron_condor', far, 5],
    ['QQQ', 'iron_condor', far, 5],
    ['IWM', 'bull_put_spread', far, 5],
    ['SPX', 'bull_put_spread', { dteMin: '150', dte: '190', dteMax: '230' }, 25],
    ['XSP', 'bull_put_spread', { dteMin: '140', dte: '170', dteMax: '200' }, 5],
    ['MSFT', 'bull_put_spread', {}, 5],
    ['MSFT', 'iron_condor', {}, 5],
  ])('%s %s %j', async (symbol, strategyType, set, grid) => {
    const parts = await partsAt();
    const plan = await planned(parts, { symbol, strategyType, set });
    for (const { contract } of plan.legs) expect(contract.strike % grid).toBe(0);
    // The wing is the listed strike nearest to the wanted distance: at most half a step of the grid away.
    const { ironCondor, creditSpread } = settingsSchema.parse({}).strategy;
    const price = plan.underlyingPrice / 1e6;
    const { widthPct, widthMin, widthMax } = strategyType === 'iron_condor' ? ironCondor : creditSpread;
    const wanted = Math.min(widthMax * Math.max(1, price / 1000), Math.max(widthMin, price * widthPct));
    const puts = plan.legs.filter(({ contract }) => contract.right === 'PUT').map(({ contract }) => contract.strike);
    expect(Math.abs(Math.max(...puts) - Math.min(...puts) - wanted)).toBeLessThanOrEqual(grid / 2);
  });
});

describe("the class of a person's legs (case C02)", () => {
  it.each([{}, { allowAmSettled: 'false' }])('SPXW on a third Thursday, when SPX lists it as well: %j', async (set) => {
    const parts = await partsAt({ start: '2026-04-07T10:30' });
    const ask = { symbol: 'SPX', set, legs: legs('sell:put:6400:20260416', 'buy:put:6375:20260416') };
    expect((await planned(parts, ask)).legs.map(({ contract }) => contract.tradingClass)).toEqual(['SPXW', 'SPXW']);
  });

  it('SPX where morning settlement is allowed', async () => {
    const parts = await partsAt({ start: '2026-04-07T10:30' });
    const ask = {
      symbol: 'SPX',
      set: { allowAmSettled: 'true' },
      legs: legs('sell:put:6400:20260416', 'buy:put:6375:20260416'),
    };
    expect((await planned(parts, ask)).legs.map(({ contract }) => contract.tradingClass)).toEqual(['SPX', 'SPX']);
  });

  /** The chain of SPX, as if its monthly class lacked some strikes, and its weekly one others. */
  async function partsWithout(missing: Readonly<Record<string, readonly number[]>>, inClass: boolean) {
    const parts = await partsAt({ start: '2026-04-07T10:30' });
    const { broker } = parts.deps;
    const lacks = (tradingClass: string, strike: number) => missing[tradingClass]?.includes(strike) === true;
    const thinned = Object.assign(Object.create(broker), {
      optionClasses: async (under: Parameters<typeof broker.optionClasses>[0]) =>
        (await broker.optionClasses(under)).map((one) => ({
          ...one,
          strikes: inClass ? one.strikes.filter((strike) => !lacks(one.tradingClass, strike)) : one.strikes,
        })),
      qualify: async (...asked: Parameters<typeof broker.qualify>) =>
        (await broker.qualify(...asked)).filter(({ contract }) => !lacks(contract.tradingClass, contract.strike)),
    });
    return { ...parts, deps: { ...parts.deps, broker: thinned } } as BrokerParts;
  }
  const mixed = (sold: number, bought: number) => ({
    ...{ symbol: 'SPX', set: { allowAmSettled: 'true' } },
    legs: legs(`sell:put:${sold}:20260416`, `buy:put:${bought}:20260416`),
  });

  it.each([
    [6400, 6395, true],
    [6395, 6400, true],
    [6400, 6395, false],
    [6395, 6400, false],
  ])('SPXW for both where SPX lacks 6395: %d and %d, told with the class: %s', async (sold, bought, inClass) => {
    const parts = await partsWithout({ SPX: [6395] }, inClass);
    const plan = await planned(parts, mixed(sold, bought));
    expect(plan.legs.map(({ contract }) => contract.tradingClass)).toEqual(['SPXW', 'SPXW']);
  });

  it('legs that no one class lists are refused with the reason', async () => {
    const parts = await partsWithout({ SPX: [6395], SPXW: [6400] }, true);
    expect(await build(parts, mixed(6400, 6395))).toMatchObject({
      ...{ kind: 'refused', code: 'NO_SUITABLE_CONTRACT' },
      reasons: ['The legs of 20260416 must be of one class, but are listed apart: PUT 6400 as SPX; PUT 6395 as SPXW.'],
    });
  });

  it('a leg that only an excluded class lists is refused with that reason', async () => {
    const parts = await partsAt();
    // So far ahead only the monthly SPX lists this Thursday.
    const verdict = await build(parts, {
      symbol: 'SPX',
      legs: legs('sell:put:6400:20260416', 'buy:put:6375:20260416'),
    });
    expect(verdict).toMatchObject({ kind: 'refused', code: 'NO_SUITABLE_CONTRACT' });
    expect(verdict).toHaveProperty('reasons.0', expect.stringContaining('is listed only as SPX'));
  });

  it.each<[string, Partial<EntryRequest>]>([
    ['legs of a person', { legs: legs('sell:put:620:20260515', 'buy:put:615:20260515') }],
    ['a builder', { strategyType: 'bull_put_spread', set: { dte: '74', dteMax: '80' } }],
  ])('SPY, when an adjusted class with the same multiplier is told first: %s', async (_, ask) => {
    const parts = await partsAt({ market: { adjustedClasses: true } });
    const { broker } = parts.deps;
    const classes = await broker.optionClasses(await broker.underlying('SPY'));
    expect(classes.map(({ tradingClass, multiplier }) => [tradingClass, multiplier])).toEqual([
      ['2SPY', 100],
      ['SPY', 100],
    ]);
    const plan = await planned(parts, ask);
    expect(plan.expiry).toBe('20260515');
    expect(plan.legs.map(({ contract }) => contract.tradingClass)).toEqual(['SPY', 'SPY']);
  });

  it('a class that settles in the morning is recognised by its contracts: they expire after their last trade', async () => {
    const parts = await partsAt({ start: '2026-04-07T10:30' });
    const { broker } = parts.deps;
    const spx = await broker.underlying('SPX');
    const terms = { expiry: '20260416', strike: 6400, right: 'PUT', multiplier: 100 } as const;
    const details = await broker.qualify(spx, [
      { ...terms, tradingClass: 'SPX' },
      { ...terms, tradingClass: 'SPXW' },
    ]);
    expect(details.map(({ contract, morningSettled }) => [contract.tradingClass, morningSettled])).toEqual([
      ['SPX', true],
      ['SPXW', false],
    ]);
  });
});

it('BRK B, a ticker with a space, is built from its class BRKB (case C04)', async () => {
  const parts = await partsAt();
  const plan = await planned(parts, { symbol: 'BRK B', strategyType: 'bull_put_spread' });
  expect(plan.legs.map(({ contract }) => [contract.symbol, contract.tradingClass])).toEqual([
    ['BRK B', 'BRKB'],
    ['BRK B', 'BRKB'],
  ]);
});
