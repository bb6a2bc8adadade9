/**
 * A position in a scenario's market, and the first rule of an option trader that fires on it.
 *
 * The thresholds are Legwork's defaults, computed here independently from quotes, so that the scenarios are tested without the code
 * that they test. Rules are evaluated in the order of their urgency.
 */
import type { SimulatedMarket } from '../../src/market/index.js';
import type { Right } from '../../src/model.js';
import {
  conIdOf,
  DAY,
  expiryTime,
  HOUR,
  type Leg,
  legsOf,
  MINUTE,
  mid,
  type Plan,
  quoteOf,
  type World,
  worldOf,
} from './structure.js';

export interface Meeting {
  readonly rule: string;
  readonly at: number;
  /** Days since entry. */
  readonly day: number;
  readonly profit: number;
}

/** Proceeds of closing the position, dollars per share of a combo; negative: the cost. */
function worth(market: SimulatedMarket, legs: readonly Leg[], at: number): number {
  return legs.reduce((sum, { contract, quantity }) => {
    const quote = quoteOf(market, contract.conId, at);
    const mark = quantity > 0 && quote.bid === undefined ? (quote.ask ?? 0) / 4 : mid(quote);
    return sum + quantity * mark;
  }, 0);
}

/** The trader's inputs. */
export interface View {
  readonly at: number;
  readonly profit: number;
  readonly pnl: number;
  readonly spot: number;
  readonly iv: number;
  readonly vix: number;
  readonly percentile: number;
  readonly delta: number;
  readonly gamma: number;
  /** Calendar days to expiry. */
  readonly dte: number;
}

export class Position {
  readonly symbol: string;
  readonly legs: readonly Leg[];
  readonly entry: number;
  readonly credit: number;
  readonly basis: number;
  readonly maxLoss: number;
  readonly entryIv: number;
  readonly entryVix: number;
  readonly #market: SimulatedMarket;
  readonly #plan: Plan;
  readonly #underlying: number;
  readonly #vix: number;
  #peak = 0;
  #partial = false;
  #history: { readonly day: number; readonly values: readonly number[] } = { day: -1, values: [] };

  constructor({ market, start }: World, plan: Plan) {
    this.#market = market;
    this.#plan = plan;
    this.symbol = plan.symbol ?? 'SPY';
    this.#underlying = conIdOf(market, this.symbol);
    this.#vix = conIdOf(market, 'VIX');
    this.entry = start + 2 * MINUTE;
    this.legs = legsOf(market, plan, this.entry);
    this.credit = -worth(market, this.legs, this.entry);
    const premium = Math.abs(this.credit);
    this.maxLoss = this.credit < 0 ? premium : this.#width() - premium;
    this.basis = premium < 0.1 * this.maxLoss ? this.maxLoss : premium;
    this.entryIv = quoteOf(market, this.#underlying, this.entry).impliedVolatility ?? 0;
    this.entryVix = mid(quoteOf(market, this.#vix, this.entry)) || (market.fairValue(this.#vix, this.entry) ?? 0);
  }

  /** Width of the condor's wider side; undefined when its risk is not limited. */
  #width(): number {
    const strikes = (right: Right) =>
      this.legs.filter(({ contract }) => contract.right === right).map(({ contract }) => contract.strike ?? 0);
    const widths = (['P', 'C'] as const).map((right) => {
      const [first, second] = strikes(right);
      return first === undefined ? 0 : second === undefined ? first : Math.abs(second - first);
    });
    return Math.max(...widths);
  }

  view(at: number): View {
    const market = this.#market;
    const pnl = worth(market, this.legs, at) + this.credit;
    const quote = quoteOf(market, this.#underlying, at);
    const iv = quote.impliedVolatility ?? 0;
    const greek = (name: 'delta' | 'gamma') =>
      this.legs.reduce(
        (sum, { contract, quantity }) => sum + quantity * (quoteOf(market, contract.conId, at).greeks?.[name] ?? 0),
        0,
      );
    return {
      at,
      pnl,
      profit: pnl / this.basis,
      spot: mid(quote),
      iv,
      vix: quoteOf(market, this.#vix, at).last ?? 0,
      percentile: this.#percentile(iv, at),
      delta: greek('delta'),
      gamma: greek('gamma'),
      dte: Math.round((noon(expiryTime(this.legs[0]?.contract.expiry ?? '')) - noon(at)) / DAY),
    };
  }

  #percentile(iv: number, at: number): number {
    const day = Math.floor(at / DAY);
    if (this.#history.day !== day) {
      const bars = this.#market.bars(this.#underlying, {
        end: at,
        duration: '1 Y',
        barSize: '1 day',
        what: 'OPTION_IMPLIED_VOLATILITY',
        useRth: true,
        formatDate: 1,
      });
      this.#history = { day, values: (bars ?? []).slice(0, -1).map(({ close }) => close) };
    }
    const { values } = this.#history;
    return values.filter((value) => value < iv).length / values.length;
  }

  /** The rules that fire at a time, the most urgent first; keeps the peak and the partial profit in memory. */
  rules(view: View): readonly string[] {
    const { without = [], combos = 4 } = this.#plan;
    this.#peak = Math.max(this.#peak, view.profit);
    const found = [...this.#moves(view), ...this.#single(view), ...this.#prices(view, combos), ...this.#times(view)];
    return found.filter((rule) => !without.includes(rule));
  }

  took(rule: string): void {
    if (rule === 'take_profit_partial') this.#partial = true;
  }

  #moves({ spot, at, iv, delta, gamma }: View): string[] {
    const found: string[] = [];
    const ago = mid(quoteOf(this.#market, this.#underlying, this.#hourBefore(at)));
    const move = spot - ago;
    const costs = delta * move + (gamma / 2) * move ** 2 < 0;
    if (costs && move / ago < -0.03) found.push('catastrophe_3pct_drop');
    if (costs && move / ago > 0.03) found.push('catastrophe_3pct_rise');
    if (this.credit > 0 && iv / this.entryIv > 1.5) found.push('catastrophe_iv_spike');
    return found;
  }

  /** One session hour ago. */
  #hourBefore(at: number): number {
    const before = at - HOUR;
    if (this.#market.isOpen(this.#underlying, before)) return before;
    let open = at;
    while (this.#market.isOpen(this.#underlying, open - MINUTE)) open -= MINUTE;
    let close = open - MINUTE;
    while (!this.#market.isOpen(this.#underlying, close)) close -= MINUTE;
    return close - (HOUR - (at - open));
  }

  #single({ profit, dte }: View): string[] {
    if (this.legs.length > 1) return [];
    if (profit >= 0.8) return ['single_leg_tp'];
    if (profit <= -0.5) return ['single_leg_sl'];
    return dte <= 21 ? ['single_leg_dte'] : [];
  }

  #prices(view: View, combos: number): string[] {
    const { profit, pnl, vix, delta, iv, percentile } = view;
    const found: string[] = [];
    if (this.#assignable(view)) found.push('assignment_risk');
    if (this.#peak >= 0.4 && profit <= 0.4 * this.#peak) found.push('trailing_stop');
    if (this.credit > 0 && vix > 35) found.push('vix_level');
    if (this.credit > 0 && vix - this.entryVix > 5) found.push('vix_change');
    if (profit >= 0.8) found.push('take_profit_full');
    else if (profit >= 0.5 && (combos === 1 || !this.#partial)) found.push('take_profit_partial');
    const stop = this.credit < 0 ? 0.5 * this.basis : Math.min(2 * this.basis, 0.75 * this.maxLoss);
    if (pnl <= -stop) found.push('stop_loss_hard');
    if (view.dte < 7 && profit <= -0.5) found.push('stop_loss_accelerated');
    if (this.legs.length === 4 && Math.abs(delta) > 0.3) found.push('delta_risk_portfolio');
    if (iv / this.entryIv <= 0.7 && profit >= 0.2) found.push('iv_crush');
    if (percentile < 0.3 && profit >= 0.2) found.push('iv_percentile_exit');
    if (view.dte < 14 && Math.abs(view.gamma * view.spot * 0.01) > 0.1) found.push('gamma_risk');
    return found;
  }

  #assignable({ spot, at }: View): boolean {
    const dividend = this.#market.nextDividend(this.#underlying, at);
    return this.legs.some(({ contract, quantity }) => {
      const sign = contract.right === 'C' ? 1 : -1;
      const inner = sign * (spot - (contract.strike ?? 0));
      if (quantity > 0 || inner <= 0) return false;
      const extrinsic = mid(quoteOf(this.#market, contract.conId, at)) - inner;
      const eve = dividend !== undefined && dividend.exAt <= this.#market.nextOpen(this.#underlying, at);
      return extrinsic < 0.1 || (contract.right === 'C' && eve && extrinsic < dividend.amount);
    });
  }

  #times({ at, dte }: View): string[] {
    const minute = minuteOfDay(at);
    const inWindow = minute >= 600 && minute < 930;
    const left = this.#sessionsLeft(at);
    const found: string[] = [];
    if (left === 0 || (left === 1 && inWindow)) found.push('time_exit');
    if (dte <= 21 && inWindow) found.push('dte_roll');
    return found;
  }

  /** The next sessions of the options after the present one, two at most. */
  #sessionsLeft(at: number): number {
    const conId = this.legs[0]?.contract.conId ?? 0;
    let left = 0;
    for (let open = this.#market.nextOpen(conId, at); left < 2 && Number.isFinite(open); left += 1) {
      open = this.#market.nextOpen(conId, open);
    }
    return left;
  }
}

const noon = (at: number): number => Math.floor((at - 5 * HOUR) / DAY) * DAY;

/** Minutes after midnight in New York. */
function minuteOfDay(at: number): number {
  const text = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'America/New_York',
    hour: '2-digit',
    minute: '2-digit',
  }).format(at);
  const [hour = 0, minute = 0] = text.split(':').map(Number);
  return hour * 60 + minute;
}

/** The rules that fire on a position, one after the other: partial profits, then the one that ends it. */
export function lifeOf(name: string, seed: number, plan: Plan = {}): readonly Meeting[] {
  const world = worldOf(name, seed);
  const { market } = world;
  const position = new Position(world, plan);
  const { every = 10, most = 40, combos = 4 } = plan;
  const first = position.legs[0]?.contract.conId ?? 0;
  const met: Meeting[] = [];
  const until = position.entry + most * DAY;
  for (let at = position.entry + every * MINUTE; at <= until; at += every * MINUTE) {
    if (!market.isOpen(first, at)) {
      const open = market.nextOpen(first, at);
      if (!Number.isFinite(open)) break;
      // Prices of the first minutes do not count.
      at = open + 5 * MINUTE;
    }
    const view = position.view(at);
    const [rule] = position.rules(view);
    if (rule === undefined) continue;
    met.push({ rule, at, day: (at - position.entry) / DAY, profit: view.profit });
    if (rule !== 'take_profit_partial' || combos === 1) return met;
    position.took(rule);
  }
  return met;
}
