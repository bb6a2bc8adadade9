/** The shared parts of the exchange. */
import type { GatewayClock, GatewayMarket } from '../model.js';
import type { AccountView } from './account-view.js';
import type { Acknowledgements } from './acknowledgements.js';
import type { Announcer } from './announcer.js';
import type { ExchangeScenario } from './config.js';
import type { ExecutionLog } from './execution-log.js';
import type { Exercises } from './exercises.js';
import type { FillBooking } from './fill-booking.js';
import type { InjectedFaults } from './injected-faults.js';
import type { Ledger } from './ledger.js';
import type { OrderBook } from './order-book.js';
import type { PriceGrid } from './price-grid.js';

export interface DeskParts {
  readonly seed: number;
  readonly account: string;
  readonly clock: GatewayClock;
  readonly market: GatewayMarket;
  readonly config: ExchangeScenario;
  readonly rates: ExchangeScenario['commissions'];
  readonly book: OrderBook;
  readonly ledger: Ledger;
  readonly log: ExecutionLog;
  readonly view: AccountView;
  readonly announcer: Announcer;
  readonly booking: FillBooking;
  readonly grid: PriceGrid;
  readonly exercises: Exercises;
  readonly injected: InjectedFaults;
  readonly acknowledgements: Acknowledgements;
  /** Market time from an order's arrival, change or election to its first match, and from a cancel to its confirmation. */
  readonly latencyMs: number;
  readonly cancelMs: number;
  /** Market time from a fill to its commission report. */
  readonly commissionMs: number;
}
