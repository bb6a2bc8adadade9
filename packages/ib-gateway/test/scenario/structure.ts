/** Positions as a trader builds them: expiry by days, short legs by delta, wings by distance. */
import { createMarket, type SimulatedMarket } from '../../src/market/index.js';
import type { GatewayContract, GatewayQuote, Right } from '../../src/model.js';
import { loadScenario } from '../../src/scenario/index.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export interface Leg {
  readonly contract: GatewayContract;
  /** Above zero: held. */
  readonly quantity: number;
}

export interface Plan {
  readonly symbol?: string;
  /** Target days to expiry, and the deltas of the short legs. */
  readonly days?: number;
  readonly delta?: number;
  readonly structure?: 'condor' | 'shortPut' | 'shortCall' | 'longCall' | 'callSpread';
  /** Minutes between samples. */
  readonly every?: number;
  /** Calendar days that the position is watched. */
  readonly most?: number;
  /** Combos; the partial profit closes a single one. */
  readonly combos?: number;
  /** Rules that the trader has switched off. */
  readonly without?: readonly string[];
}

export interface World {
  readonly market: SimulatedMarket;
  readonly start: number;
}

export function worldOf(name: string, seed: number): World {
  const scenario = loadScenario(name);
  return { market: createMarket({ seed, start: scenario.start, scenario: scenario.market }), start: scenario.start };
}

export const mid = ({ bid, ask }: GatewayQuote): number => (ask === undefined ? 0 : ((bid ?? 0) + ask) / 2);

export function conIdOf(market: SimulatedMarket, symbol: string): number {
  const [contract] = market.underlyings().filter((one) => one.symbol === symbol);
  if (!contract) throw new Error(`no ${symbol}`);
  return contract.conId;
}

export function quoteOf(market: SimulatedMarket, conId: number, at: number): GatewayQuote {
  const quote = market.quote(conId, at);
  if (!quote) throw new Error(`no quote of ${conId}`);
  return quote;
}

function closest<Item>(items: readonly Item[], miss: (item: Item) => number): Item {
  const [best] = [...items].sort((left, right) => miss(left) - miss(right));
  if (best === undefined) throw new Error('nothing to choose from');
  return best;
}

/** Legs of the plan's structure at a time. Wings are two per cent of the price away. */
export function legsOf(market: SimulatedMarket, plan: Plan, at: number): readonly Leg[] {
  const { symbol = 'SPY', days = 45, delta = 0.18, structure = 'condor' } = plan;
  const underlying = conIdOf(market, symbol);
  const spot = market.fairValue(underlying, at) ?? 0;
  const rows = market.chainParams(underlying, at).filter((row) => row.tradingClass === symbol);
  const expiries = rows[0]?.expirations ?? [];
  const expiry = closest(expiries, (text) => Math.abs(expiryTime(text) - at - days * DAY));
  const side = (right: Right) => market.find({ secType: 'OPT', tradingClass: symbol, expiry, right }, at);
  const deltaOf = ({ conId }: GatewayContract) => Math.abs(quoteOf(market, conId, at).greeks?.delta ?? 0);
  const short = (right: Right) => closest(side(right), (one) => Math.abs(deltaOf(one) - delta));
  const wing = (right: Right) => {
    const from = short(right).strike ?? 0;
    const wanted = from + (right === 'C' ? 0.02 : -0.02) * spot;
    const others = side(right).filter(({ strike = 0 }) => strike !== from);
    return closest(others, ({ strike = 0 }) => Math.abs(strike - wanted));
  };
  const leg = (contract: GatewayContract, quantity: number) => ({ contract, quantity });
  if (structure === 'shortPut') return [leg(short('P'), -1)];
  if (structure === 'shortCall') return [leg(short('C'), -1)];
  if (structure === 'longCall') return [leg(short('C'), 1)];
  if (structure === 'callSpread') return [leg(short('C'), -1), leg(wing('C'), 1)];
  return [leg(wing('P'), 1), leg(short('P'), -1), leg(short('C'), -1), leg(wing('C'), 1)];
}

/** Close of an expiry's day, accurate enough to count days. */
export const expiryTime = (text: string): number =>
  Date.parse(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}T20:00:00Z`);
