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

type Place = Pick<OrderActivities, 'placeOrder' | 'placeBracketOrder' | 'exerciseLeg'>;
type Settle = Pick<OrderActivities, 'resolveOrder' | 'cancelOrder' | 'cancelByUser'>;

export interface Proxies {
  readonly store: StoreActivities;
  readonly entry: Omit<EntryActivities, 'finishEntry'>;
  readonly entryEnd: Pick<EntryActivities, 'finishEntry'>;
  readonly position: PositionActivities;
  readonly orders: Omit<OrderActivities, keyof Place | keyof Settle>;
  readonly place: Place;
  readonly settle: Settle;
  readonly watch: WatchActivities;
}

/** Proxies for the account with this alias; the alias names the queues. */
export function proxiesFor(accountAlias: string): Proxies {
  const read = brokerReadProfile(accountAlias);
  return {
    store: activitiesOf<StoreActivities>(storeProfile),
    entry: activitiesOf<EntryActivities>(decideProfile(accountAlias)),
    entryEnd: activitiesOf<EntryActivities>(read),
    position: activitiesOf<PositionActivities>(read),
    orders: activitiesOf<OrderActivities>(read),
    place: activitiesOf<OrderActivities>(placeProfile(accountAlias)),
    settle: activitiesOf<OrderActivities>(settleProfile(accountAlias)),
    watch: activitiesOf<WatchActivities>(watchProfile(accountAlias)),
  };
}

/** Activities by their names in the code; the workflow schedules them under their names on the wire. */
function activitiesOf<T>(profile: ActivityOptions): T {
  const onTheWire = proxyActivities<Readonly<Record<string, unknown>>>(profile);
  return new Proxy({}, { get: (_target, name) => onTheWire[wireName(String(name))] }) as T;
}
