/** The activities a workflow may call, each with its named profile. */
import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type {
  EntryActivities,
  OrderActivities,
  PositionActivities,
  StoreActivities,
  WatchActivities,
} from '../contract/activities.js';
import { wireName } from '../contract/activity-names.js';
import {
  brokerReadProfile,
  decideProfile,
  placeProfile,
  settleProfile,
  storeProfile,
  watchProfile,
} from '../contract/profiles.js';

/** Each call may carry a line about itself, which the Temporal Web UI shows beside the activity. */
type Summarized<T> = {
  readonly [Name in keyof T]: T[Name] extends (input: infer Input) => infer Result
    ? (input: Input, summary?: string) => Result
    : never;
};

/** Characters, of three bytes at most: Temporal limits a summary to 400 bytes as it is encoded (`limit.userMetadataSummarySize`). */
const SUMMARY_MAX = 100;

type Place = Pick<OrderActivities, 'placeOrder' | 'placeBracketOrder' | 'exerciseLeg'>;
type Settle = Pick<OrderActivities, 'resolveOrder' | 'cancelOrder' | 'cancelByUser'>;

export interface Proxies {
  readonly store: StoreActivities;
  readonly entry: Omit<EntryActivities, 'finishEntry'>;
  readonly entryEnd: Pick<EntryActivities, 'finishEntry'>;
  readonly position: PositionActivities;
  readonly orders: Summarized<Omit<OrderActivities, keyof Place | keyof Settle>>;
  readonly place: Summarized<Place>;
  readonly settle: Summarized<Settle>;
  readonly watch: Summarized<Pick<WatchActivities, 'watchPosition'>>;
  /** The other long waits: an order that works is taken up again soon, whatever the watch costs. */
  readonly waits: Summarized<Omit<WatchActivities, 'watchPosition'>>;
}

/**
 * Proxies for the account with this alias; the alias names the queues. `heartbeatSeconds` is that of the watch, asked for at each call: a run
 * learns it from the worker.
 */
export function proxiesFor(
  accountAlias: string,
  heartbeatSeconds: () => number | undefined = () => undefined,
): Proxies {
  const read = brokerReadProfile(accountAlias);
  return {
    store: activitiesOf<StoreActivities>(storeProfile),
    entry: activitiesOf<EntryActivities>(decideProfile(accountAlias)),
    entryEnd: activitiesOf<EntryActivities>(read),
    position: activitiesOf<PositionActivities>(read),
    orders: activitiesOf<OrderActivities>(read),
    place: activitiesOf<OrderActivities>(placeProfile(accountAlias)),
    settle: activitiesOf<OrderActivities>(settleProfile(accountAlias)),
    watch: activitiesOf<WatchActivities>(() => watchProfile(accountAlias, heartbeatSeconds())),
    waits: activitiesOf<WatchActivities>(watchProfile(accountAlias)),
  };
}

/**
 * Activities by their names in the code; the workflow schedules them under their names on the wire. The reason of an input is its summary
 * unless another one is given.
 */
function activitiesOf<T>(profile: ActivityOptions | (() => ActivityOptions)): T {
  type Activities = Readonly<Record<string, (input?: unknown) => Promise<unknown>>>;
  const onTheWire = () => proxyActivities<Activities>(typeof profile === 'function' ? profile() : profile);
  const call = (name: string) => {
    const activity = onTheWire()[name];
    return (...[input, given = reasonOf(input)]: readonly [unknown?, string?]) =>
      given === undefined
        ? activity?.(input)
        : activity?.executeWithOptions({ summary: given.slice(0, SUMMARY_MAX) }, [input]);
  };
  return new Proxy({}, { get: (_target, name) => call(wireName(String(name))) }) as T;
}

function reasonOf(input: unknown): string | undefined {
  const { reason } = (input ?? {}) as { readonly reason?: unknown };
  return typeof reason === 'string' ? reason : undefined;
}
