/**
 * The account as its holder sees it: marks, profit, margin, and the values by IB's tags.
 */
import type { GatewayMarket, GatewayPosition } from '../model.js';
import type { ExchangeScenario } from './config.js';
import type { Ledger } from './ledger.js';
import { type MarginPosition, type MarginRequirement, marginRequirement } from './margin.js';

/** IB grants four times the excess intraday on a margin account. */
const BUYING_POWER = 4;

const cents = (value: number): number => Math.round(value * 100) / 100;

export class AccountView {
  readonly #market: GatewayMarket;
  readonly #ledger: Ledger;
  readonly #now: () => number;
  readonly #stressAbove: number;
  readonly #volatilityIndex: number | undefined;
  /** Multiplier of every requirement; the broker may change it. */
  marginFactor: number;
  #equityYesterday: number;

  constructor(market: GatewayMarket, ledger: Ledger, now: () => number, margin: ExchangeScenario['margin']) {
    this.#market = market;
    this.#ledger = ledger;
    this.#now = now;
    this.#stressAbove = margin.stressAbove;
    this.marginFactor = margin.factor;
    this.#volatilityIndex = market.underlyings().find((contract) => contract.symbol === 'VIX')?.conId;
    this.#equityYesterday = ledger.cash;
  }

  /** Price at which a position is valued, dollars per share: mid, or the model's value where a side is missing. */
  mark(conId: number): number {
    const at = this.#now();
    const settles = this.#market.settlementTime(conId);
    const fair = (): number => this.#market.fairValue(conId, at) ?? 0;
    if (settles !== undefined && at >= settles) return fair();
    const quote = this.#market.quote(conId, at);
    return quote?.bid !== undefined && quote.ask !== undefined ? (quote.bid + quote.ask) / 2 : (quote?.last ?? fair());
  }

  marketValue({ contract, quantity }: Pick<GatewayPosition, 'contract' | 'quantity'>): number {
    return cents(quantity * this.mark(contract.conId) * (contract.multiplier ?? 1));
  }

  unrealized(position: GatewayPosition): number {
    return cents(this.marketValue(position) - position.quantity * position.averageCost);
  }

  netLiquidation(): number {
    return cents(this.#ledger.cash + this.#ledger.positions().reduce((sum, one) => sum + this.marketValue(one), 0));
  }

  /** Requirement of a set of positions, by default those held. */
  margin(positions: readonly MarginPosition[] = this.#ledger.positions()): MarginRequirement {
    const at = this.#now();
    const index = this.#volatilityIndex === undefined ? undefined : this.#market.fairValue(this.#volatilityIndex, at);
    return marginRequirement(positions, {
      price: (conId) => this.mark(conId),
      factor: this.marginFactor,
      stress: Math.max(1, (index ?? 0) / this.#stressAbove),
    });
  }

  /** Cash and everything except options: US options lend no money. */
  equityWithLoan(): number {
    const stock = this.#ledger.positions().filter(({ contract }) => contract.secType !== 'OPT');
    return cents(this.#ledger.cash + stock.reduce((sum, one) => sum + this.marketValue(one), 0));
  }

  /** Excess liquidity in per cent of net liquidation. */
  cushionPercent(): number {
    const net = this.netLiquidation();
    return net > 0 ? ((this.equityWithLoan() - this.margin().maintenance) / net) * 100 : 0;
  }

  /** The saved part. */
  state(): { readonly equityYesterday: number; readonly marginFactor: number } {
    return { equityYesterday: this.#equityYesterday, marginFactor: this.marginFactor };
  }

  restore({ equityYesterday, marginFactor }: ReturnType<AccountView['state']>): void {
    this.#equityYesterday = equityYesterday;
    this.marginFactor = marginFactor;
  }

  beginDay(): void {
    this.#ledger.beginDay((position) => this.marketValue(position));
    this.#equityYesterday = this.equityWithLoan();
  }

  pnl(conId?: number): { daily: number; unrealized: number; realized: number; value?: number } {
    const positions = this.#ledger
      .positions()
      .filter(({ contract }) => conId === undefined || contract.conId === conId);
    const value = cents(positions.reduce((sum, one) => sum + this.marketValue(one), 0));
    return {
      daily: this.#ledger.dailyPnl((position) => this.marketValue(position), conId),
      unrealized: cents(positions.reduce((sum, one) => sum + this.unrealized(one), 0)),
      realized: this.#ledger.realizedToday(conId),
      ...(conId === undefined ? {} : { value }),
    };
  }

  values(): Readonly<Record<string, number>> {
    const positions = this.#ledger.positions();
    const valueOfKind = (options: boolean): number =>
      cents(
        positions
          .filter(({ contract }) => (contract.secType === 'OPT') === options)
          .reduce((sum, one) => sum + this.marketValue(one), 0),
      );
    const net = this.netLiquidation();
    const equity = this.equityWithLoan();
    const { initial, maintenance } = this.margin(positions);
    const gross = cents(positions.reduce((sum, one) => sum + Math.abs(this.marketValue(one)), 0));
    const available = cents(equity - initial);
    const excess = cents(equity - maintenance);
    const { unrealized, realized } = this.pnl();
    const cash = cents(this.#ledger.cash);
    return {
      NetLiquidation: net,
      TotalCashValue: cash,
      SettledCash: cash,
      CashBalance: cash,
      TotalCashBalance: cash,
      AccruedCash: 0,
      BuyingPower: cents(Math.max(0, available) * BUYING_POWER),
      EquityWithLoanValue: equity,
      PreviousDayEquityWithLoanValue: this.#equityYesterday,
      GrossPositionValue: gross,
      StockMarketValue: valueOfKind(false),
      OptionMarketValue: valueOfKind(true),
      RegTEquity: equity,
      RegTMargin: initial,
      SMA: available,
      InitMarginReq: initial,
      MaintMarginReq: maintenance,
      AvailableFunds: available,
      ExcessLiquidity: excess,
      FullInitMarginReq: initial,
      FullMaintMarginReq: maintenance,
      FullAvailableFunds: available,
      FullExcessLiquidity: excess,
      LookAheadInitMarginReq: initial,
      LookAheadMaintMarginReq: maintenance,
      LookAheadAvailableFunds: available,
      LookAheadExcessLiquidity: excess,
      LookAheadNextChange: 0,
      HighestSeverity: 0,
      DayTradesRemaining: -1,
      Cushion: net > 0 ? Math.round((excess / net) * 1e6) / 1e6 : 0,
      Leverage: net > 0 ? cents(gross / net) : 0,
      UnrealizedPnL: unrealized,
      RealizedPnL: realized,
    };
  }
}
