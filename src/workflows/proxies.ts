/** The activities a workflow may call, each with its named profile. */
import { proxyActivities } from '@temporalio/workflow';
import type {
  EntryActivities,
  OrderActivities,
  PositionActivities,
  StoreActivities,
  WatchActivities,
} from '../contract/activities.js';
import {
  brokerReadProfile,
  decideProfile,
  placeProfile,
  settleProfile,
  storeProfile,
  watchProfile,
} from '../contract/profiles.js';

type Place = Pick<OrderActivities, 'placeOrder' | 'placeBracketOrder'>;
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
    store: proxyActivities<StoreActivities>(storeProfile),
    entry: proxyActivities<EntryActivities>(decideProfile(accountAlias)),
    entryEnd: proxyActivities<EntryActivities>(read),
    position: proxyActivities<PositionActivities>(read),
    orders: proxyActivities<OrderActivities>(read),
    place: proxyActivities<OrderActivities>(placeProfile(accountAlias)),
    settle: proxyActivities<OrderActivities>(settleProfile(accountAlias)),
    watch: proxyActivities<WatchActivities>(watchProfile(accountAlias)),
  };
}
