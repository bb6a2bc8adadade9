/**
 * The exchange of the simulated gateway: orders, executions and the account, on a clock and a market.
 */
import type { GatewayClock, GatewayExchange, GatewayMarket } from '../model.js';
import { AccountView } from './account-view.js';
import { Acknowledgements, isListed } from './acknowledgements.js';
import { Announcer } from './announcer.js';
import type { ExchangeScenario } from './config.js';
import { startDayCycle } from './day-cycle.js';
import type { DeskParts } from './desk-parts.js';
import { ExecutionLog } from './execution-log.js';
import { Exercises } from './exercises.js';
import { type ExchangeFaults, Faults } from './faults.js';
import { FillBooking } from './fill-booking.js';
import { InjectedFaults } from './injected-faults.js';
import { Ledger } from './ledger.js';
import { ManualOrders } from './manual-orders.js';
import { watchMargin } from './margin-watch.js';
import { OrderBook } from './order-book.js';
import { OrderDesk } from './order-desk.js';
import { OrderEntry } from './order-entry.js';
import { snapshot } from './order-record.js';
import { PriceGrid } from './price-grid.js';
import type { Refusal } from './refusal.js';
import { type ExchangeState, exchangeState, restoreExchange } from './saved.js';
import { bookStart, type MomentReader, scheduleScript } from './script.js';
import { Settlement } from './settlement.js';

export type { ExchangeFaults } from './faults.js';
export type { ExchangeState } from './saved.js';

export interface ExchangeOptions {
  readonly clock: GatewayClock;
  /** `moment` reads a scenario's moments; without it they must be epoch ms. */
  readonly market: GatewayMarket & { readonly moment?: MomentReader };
  readonly seed: number;
  /** Account codes; the first one trades. */
  readonly accounts: readonly string[];
  readonly scenario: ExchangeScenario;
  /** The exchange of an earlier run that this one continues. */
  readonly saved?: SavedExchange;
}

export interface SavedExchange {
  readonly state: ExchangeState;
  /** Time up to which the earlier run had lived, epoch ms. */
  readonly at: number;
  /** Number of runs before this one, from 1. */
  readonly generation: number;
}

/** The exchange, with the functions of the control interface. */
export interface SimulatedExchange extends GatewayExchange {
  readonly faults: ExchangeFaults;
  /** What is saved; to be written out at once. */
  state(): ExchangeState;
}

const STEPPED_LATENCY_MS = 1000;
const RUNNING_LATENCY_MS = 200;
const RUNNING_COMMISSION_MS = 300;

/** Makes an exchange. Throws RangeError without an account or when a position of the start names no single contract. */
export function createExchange(options: ExchangeOptions): SimulatedExchange {
  const parts = makeParts(options);
  const { announcer, book, ledger, log, view } = parts;
  const rejections: Refusal[] = [];
  const settlement = new Settlement(parts);
  const desk = new OrderDesk(parts);
  const entry = new OrderEntry(parts, desk, { take: () => rejections.shift() });
  const manual = new ManualOrders(parts, entry);
  const faults = new Faults(parts, settlement, rejections, manual);
  announcer.on((event) => {
    if (event.kind === 'position') settlement.watch(event.position.contract);
  });
  const { saved } = options;
  if (saved) restoreExchange(parts, desk, settlement, saved.state, saved.at);
  else bookStart(parts, settlement);
  startDayCycle(parts, settlement, saved?.at);
  scheduleScript(parts, faults, (moment) => options.market.moment?.(moment) ?? Number(moment), saved?.at);
  watchMargin(parts, faults);
  return {
    account: parts.account,
    base: options.scenario.base,
    faults,
    state: () => exchangeState(parts),
    on: (listener) => announcer.on(listener),
    place: (request) => entry.place(request),
    cancel: (clientId, orderId) => entry.cancel(clientId, orderId),
    useOrderId: (clientId, orderId) => book.useOrderId(clientId, orderId),
    isLive: (clientId, orderId) => {
      const phase = book.find(clientId, orderId)?.phase;
      return phase !== undefined && phase !== 'done';
    },
    globalCancel: () => entry.globalCancel(),
    bindManualOrders: (scope) => {
      if (scope === 'present') manual.bindPresent();
      else manual.bind();
    },
    openOrders: (clientId) =>
      book
        .live()
        .filter(
          (record) =>
            isListed(record, parts.clock.now()) && (clientId === undefined || record.request.clientId === clientId),
        )
        .map(snapshot),
    completedOrders: () =>
      book
        .done()
        .filter((record) => isListed(record, parts.clock.now()))
        .map(snapshot),
    executions: (filter) => log.list(filter, parts.clock.now()),
    commissions: (execId) => log.commission(execId),
    positions: () => ledger.positions(),
    accountValues: () => view.values(),
    marketValue: (position) => view.marketValue(position),
    exercise: (request) => {
      const why = settlement.instruct(request);
      return why && [why.code, why.text];
    },
    pnl: (conId) => view.pnl(conId),
    nextOrderId: (clientId) => book.nextOrderId(clientId),
  };
}

function makeParts({ clock, market, seed, accounts, scenario, saved }: ExchangeOptions): DeskParts {
  const [account] = accounts;
  if (account === undefined) throw new RangeError('an exchange needs an account');
  const stepped = clock.mode === 'stepped';
  const milliseconds = (seconds: number | undefined, running: number): number =>
    seconds === undefined ? (stepped ? STEPPED_LATENCY_MS : running) : seconds * 1000;
  const latencyMs = milliseconds(scenario.latencySeconds, RUNNING_LATENCY_MS);
  const ledger = new Ledger(account, scenario.cash);
  const log = new ExecutionLog();
  const announcer = new Announcer(seed, scenario.callbacks);
  const generation = saved?.generation ?? 0;
  const shared = { seed, generation, account, clock, market, ledger, log, announcer, rates: scenario.commissions };
  const injected = new InjectedFaults();
  const commissionMs = milliseconds(scenario.commissionSeconds, RUNNING_COMMISSION_MS);
  return {
    ...shared,
    config: scenario,
    book: new OrderBook(seed, generation),
    view: new AccountView(market, ledger, () => clock.now(), scenario.margin),
    booking: new FillBooking({ ...shared, commissionMs, legsApartMs: scenario.fills.legsApartSeconds * 1000 }),
    grid: new PriceGrid(market),
    exercises: new Exercises(),
    injected,
    acknowledgements: new Acknowledgements({ ...shared, config: scenario, injected }),
    latencyMs,
    commissionMs,
    cancelMs: milliseconds(scenario.cancelSeconds, RUNNING_LATENCY_MS),
  };
}
