/**
 * Complete, named activity profiles. Every limit is written out: a missing one would fall back to unlimited retries. Order work
 * never uses the SDK's default cancellation type, which would let a workflow go on while its activity writes.
 */
import type { ActivityOptions } from '@temporalio/workflow';
import { ordersQueue, WORKFLOW_QUEUE, watchQueue } from './task-queues.js';

const WAIT = 'WAIT_CANCELLATION_COMPLETED' as const;

/** Silence after which the activity of a killed worker is given to another one. The watch of a position has a setting of its own, `temporal.heartbeatSeconds`. */
const HEARTBEAT_SECONDS = 10;
const BEATS = `${HEARTBEAT_SECONDS}s` as const;

const PATIENT = { initialInterval: '200ms', backoffCoefficient: 1.5, maximumInterval: '5s' } as const;

/** Database only: retried until it answers. */
export const storeProfile: ActivityOptions = {
  taskQueue: WORKFLOW_QUEUE,
  startToCloseTimeout: '30s',
  heartbeatTimeout: BEATS,
  retry: PATIENT,
  cancellationType: WAIT,
};

/** Reads the broker and writes the database; safe to repeat; waits out an outage of either. */
export function brokerReadProfile(accountAlias: string): ActivityOptions {
  return {
    taskQueue: ordersQueue(accountAlias),
    startToCloseTimeout: '60s',
    heartbeatTimeout: BEATS,
    retry: PATIENT,
    cancellationType: WAIT,
  };
}

/** Decides about an entry: a market that cannot be read in this time is a reason not to enter. */
export function decideProfile(accountAlias: string): ActivityOptions {
  return { ...brokerReadProfile(accountAlias), scheduleToCloseTimeout: '90s' };
}

/**
 * The activities that write a new order, alone or as a bracket: up to 12 s until the write, 10 s until the acknowledgement, and the
 * database. One attempt: evidence settles whatever else happens.
 */
export function placeProfile(accountAlias: string): ActivityOptions {
  return {
    taskQueue: ordersQueue(accountAlias),
    startToCloseTimeout: '40s',
    heartbeatTimeout: BEATS,
    retry: { maximumAttempts: 1 },
    cancellationType: WAIT,
  };
}

/** Settles an order by evidence: every attempt reads the state first, so it may be repeated at will. */
export function settleProfile(accountAlias: string): ActivityOptions {
  return {
    taskQueue: ordersQueue(accountAlias),
    startToCloseTimeout: '26h',
    heartbeatTimeout: BEATS,
    retry: PATIENT,
    cancellationType: WAIT,
  };
}

/** Long waits: the watch of a killed worker is taken up again within the heartbeat timeout. */
export function watchProfile(accountAlias: string, heartbeatSeconds = HEARTBEAT_SECONDS): ActivityOptions {
  return {
    taskQueue: watchQueue(accountAlias),
    startToCloseTimeout: '14 days',
    heartbeatTimeout: `${heartbeatSeconds}s`,
    retry: { initialInterval: '200ms', backoffCoefficient: 1.5, maximumInterval: '2s' },
    cancellationType: WAIT,
  };
}
