/** What a session day came to, and what the next one brings: the record that is kept of it. */
import type { Micros } from '../money.js';
import type { TradingState } from '../risk/trading-state.js';
import type { Urgency } from '../rules/decision.js';
import type { GreeksOfDay } from './greeks-of-day.js';

/** Money, of one position. */
export interface PositionDay {
  readonly positionId: string;
  readonly symbol: string;
  readonly title: string;
  readonly status: string;
  /** Combos open at the close; 0: closed today. */
  readonly openCombos: number;
  /** Shares of the underlying that an assignment left. */
  readonly shares: number;
  /** Realised today, commissions included; change of unrealised; both together. */
  readonly realized: Micros;
  readonly unrealizedChange: Micros;
  readonly result: Micros;
  /** Unrealised P&L at the last mark. */
  readonly unrealized?: Micros;
  /** Absent: too few snapshots with Greeks. */
  readonly greeks?: GreeksOfDay;
  /** Why a person should look. */
  readonly attention?: string;
  readonly paused?: true;
}

/** An option that stops trading or expires up to the end of the next session's day. */
export interface ComingEnd {
  readonly positionId: string;
  readonly contract: string;
  /** Signed contracts. */
  readonly quantity: number;
  readonly expiry: string;
  /** Market time, epoch ms. */
  readonly lastTradeAt: number;
  /** For a short leg: by when the position is to be flat. */
  readonly deadlineAt?: number;
}

export interface ComingDividend {
  readonly symbol: string;
  /** YYYYMMDD. */
  readonly exDate: string;
  readonly amount: Micros;
  /** Positions that are short calls of it, whose owners may exercise the evening before. */
  readonly shortCalls: readonly string[];
}

export interface DaySummary {
  /** YYYYMMDD. */
  readonly day: string;
  /** Market time at which it was made, epoch ms. */
  readonly at: number;
  readonly positions: readonly PositionDay[];
  /** Absent: the broker did not answer. */
  readonly account?: {
    readonly netLiquidation: Micros;
    readonly availableFunds: Micros;
    readonly buyingPower: Micros;
    readonly maintMargin: Micros;
  };
  readonly trading: { readonly state: TradingState; readonly reason: string };
  /** Open alerts, the gravest first. */
  readonly alerts: readonly {
    readonly severity: Urgency;
    readonly title: string;
    readonly positionId?: string;
    readonly symbol?: string;
  }[];
  readonly next: {
    readonly day: string;
    /** Hours of shares, epoch ms; some options trade a quarter of an hour longer. */
    readonly open: number;
    readonly close: number;
    readonly isEarlyClose: boolean;
    readonly ends: readonly ComingEnd[];
    readonly dividends: readonly ComingDividend[];
    /** Symbols of which the broker gave no dividend data. */
    readonly dividendsUnknown: readonly string[];
  };
}

/** Sums over the positions; the Greeks over those that have them. */
export function totalsOf(positions: readonly PositionDay[]) {
  const sum = (of: (one: PositionDay) => Micros) => positions.reduce((total, one) => total + of(one), 0);
  const known = positions.flatMap(({ greeks }) => greeks ?? []);
  const greek = (name: keyof GreeksOfDay) => known.reduce((total, greeks) => total + greeks[name], 0);
  return {
    realized: sum((one) => one.realized),
    unrealizedChange: sum((one) => one.unrealizedChange),
    result: sum((one) => one.result),
    greeks: {
      ...{ delta: greek('delta'), gamma: greek('gamma'), theta: greek('theta'), vega: greek('vega') },
      residual: greek('residual'),
    },
    /** Positions whose day could not be split by Greeks. */
    withoutGreeks: positions.length - known.length,
  };
}
