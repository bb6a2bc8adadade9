/** The working parts that the activities of one broker session share; made once a session by the worker. */
import type { BrokerDeps } from './deps.js';
import { InTurn } from './in-turn.js';
import { UnderlyingFeeds } from './market/underlying-feed.js';
import { tellRestingFill } from './orders/resting-alerts.js';
import { OrderTracker } from './orders/tracker.js';
import { WireSlot } from './orders/wire-slot.js';
import type { Comparison } from './position/reconcile-now.js';
import { SingleFlight } from './single-flight.js';
import { PositionWaits } from './waits.js';
import { Book } from './watch/book.js';
import { MonitorPool } from './watch/monitor-pool.js';
import { SessionCalendar } from './watch/session-calendar.js';

export interface BrokerParts {
  readonly deps: BrokerDeps;
  readonly calendar: SessionCalendar;
  readonly feeds: UnderlyingFeeds;
  readonly book: Book;
  readonly tracker: OrderTracker;
  readonly slot: WireSlot;
  readonly waits: PositionWaits;
  readonly monitors: MonitorPool;
  readonly comparison: SingleFlight<Comparison>;
  /** Entries are held to their limits one after another, each with those before it stored. */
  readonly approvals: InTurn;
}

export function makeParts(deps: BrokerDeps): BrokerParts {
  const calendar = new SessionCalendar(deps);
  const feeds = new UnderlyingFeeds(deps.broker);
  const book = new Book(deps);
  const tracker = new OrderTracker(deps);
  const waits = new PositionWaits();
  tracker.onUnfollowedFill((positionId) => waits.end(positionId, 'the ledger changed'));
  tracker.onFill((orderRef) => tellRestingFill(deps, orderRef));
  return {
    deps,
    calendar,
    feeds,
    book,
    tracker,
    slot: new WireSlot(),
    waits,
    monitors: new MonitorPool({ deps, calendar, feeds, book }),
    comparison: new SingleFlight(),
    approvals: new InTurn(),
  };
}
