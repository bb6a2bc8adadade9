/**
 * A position's value and profit at the broker, compared with ours. The broker marks options by its own model, and its average cost
 * includes commissions, so small differences are usual; large ones mean a wrong quote, a missed fill or a wrong multiplier.
 */
import type { Micros } from '../money.js';

/** One contract of a position. Prices per share, amounts in money; quantities signed. */
export interface ComparedLeg {
  readonly contracts: number;
  readonly multiplier: number;
  /** Ours: the mark, the spread, and the average price paid. */
  readonly mark: Micros;
  readonly spread: Micros;
  readonly openPrice: Micros;
  /** The broker's, for everything that the account holds of the contract. */
  readonly broker: { readonly quantity: number; readonly value: Micros; readonly unrealized: Micros };
}

export interface Compared {
  readonly ours: { readonly value: Micros; readonly pnl: Micros };
  readonly broker: { readonly value: Micros; readonly pnl: Micros };
  readonly tolerance: { readonly value: Micros; readonly pnl: Micros };
  readonly differs: boolean;
}

/** A contract may differ by 5 dollars, whatever it is worth. */
const PER_CONTRACT: Micros = 5_000_000;

/**
 * `share`: the part of the legs' value that may differ. The spread of the legs may always differ; a profit may also differ by twice
 * the commissions.
 */
export function compareWithBroker(legs: readonly ComparedLeg[], commissions: Micros, share: number): Compared {
  const sum = (of: (leg: ComparedLeg) => number) => Math.round(legs.reduce((total, leg) => total + of(leg), 0));
  const money = ({ contracts, multiplier }: ComparedLeg, price: Micros) => contracts * multiplier * price;
  const part = ({ contracts, broker }: ComparedLeg, amount: Micros) => (amount * contracts) / broker.quantity;
  const ours = {
    value: sum((leg) => money(leg, leg.mark)),
    pnl: sum((leg) => money(leg, leg.mark - leg.openPrice)),
  };
  const broker = {
    value: sum((leg) => part(leg, leg.broker.value)),
    pnl: sum((leg) => part(leg, leg.broker.unrealized)),
  };
  const spreads = sum((leg) => Math.abs(money(leg, leg.spread)));
  const least = sum(({ contracts }) => Math.abs(contracts) * PER_CONTRACT);
  const value = Math.max(least, spreads, Math.round(sum((leg) => Math.abs(money(leg, leg.mark))) * share));
  const tolerance = { value, pnl: value + 2 * commissions };
  const differs =
    Math.abs(ours.value - broker.value) > tolerance.value || Math.abs(ours.pnl - broker.pnl) > tolerance.pnl;
  return { ours, broker, tolerance, differs };
}
