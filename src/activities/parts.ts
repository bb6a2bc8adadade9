/** The composition root: the parts that the activities of one broker session share, made once a session by the worker. */
import type { BrokerDeps } from './context/deps.js';
import { InTurn } from './context/in-turn.js';
import { SingleFlight } from './context/single-flight.js';
import { PositionWaits } from './context/waits.js';
import type { ExitDraftParts } from './dry-run/exit.js';
import type { EntryParts } from './entry/index.js';
import { admission } from './entry/limits.js';
import { tryRoll } from './entry/roll.js';
import { Betas } from './market/betas.js';
import { CalculatedGreeks } from './market/calculated-greeks.js';
import { SessionCalendar } from './market/session-calendar.js';
import { UnderlyingFeeds } from './market/underlying-feed.js';
import type { OrderParts } from './orders/index.js';
import { alertProtectiveFill } from './orders/protective-alerts.js';
import { OrderTracker } from './orders/tracker.js';
import { WireSlot } from './orders/wire-slot.js';
import { Book } from './positions/book-delta.js';
import type { PositionParts } from './positions/index.js';
import type { Comparison } from './positions/reconcile-now.js';
import type { WatchParts } from './watch/index.js';
import { MonitorPool } from './watch/monitor-pool.js';
import { QuoteRotation } from './watch/quote-rotation.js';

/** The members that every floor takes. */
export type BrokerParts = OrderParts &
  PositionParts &
  EntryParts &
  WatchParts &
  ExitDraftParts & { readonly deps: BrokerDeps };

export function makeParts(deps: BrokerDeps): BrokerParts {
  const calendar = new SessionCalendar(deps);
  const feeds = new UnderlyingFeeds(deps.broker);
  const book = new Book(deps, new Betas(deps, feeds));
  const quotes = new QuoteRotation(deps);
  const greeks = new CalculatedGreeks(deps.broker);
  const tracker = new OrderTracker(deps);
  const waits = new PositionWaits((positionId) => {
    if (deps.broker.clock.keepsWallTime) void deps.wake(positionId);
  });
  tracker.onUnfollowed((positionId) => waits.changed(positionId, 'the ledger or an order changed'));
  tracker.onFill((orderRef) => alertProtectiveFill(deps, orderRef));
  const entry = {
    deps,
    feeds,
    book,
    tracker,
    waits,
    comparison: new SingleFlight<Comparison>(),
    approvals: new InTurn(),
    imports: new InTurn(),
  } satisfies EntryParts;
  return {
    ...entry,
    calendar,
    slot: new WireSlot(),
    admission: (positionId) => admission(entry, positionId),
    greeks,
    quotes,
    monitors: new MonitorPool({ deps, calendar, feeds, book, greeks, quotes }),
    tryRoll: (row, command) => tryRoll(entry, row, command),
  };
}
