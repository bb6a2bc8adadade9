/** What activities are built from: made once per process by the worker and passed to every factory. */
import type { Broker } from '../../broker/api.js';
import type { Settings } from '../../config/schema.js';
import { LegworkError } from '../../domain/errors.js';
import type { Log } from '../../domain/log.js';
import type { Store } from '../../store/api.js';
import type { Meters } from './meters.js';

/** The lease of the broker session as this process holds it. */
export interface LeaseHold {
  /** Fencing token; a write is allowed only while it is the current one. */
  readonly token: number;
  /** False once a renewal has failed or was refused. */
  valid(): boolean;
}

export interface BrokerDeps {
  readonly store: Store;
  readonly broker: Broker;
  readonly settings: () => Settings;
  /** Hash of the settings in force, stored with every decision. */
  readonly configHash: () => string;
  /** The account named on orders. */
  readonly account: () => string;
  readonly lease: LeaseHold;
  /** Tells this process's sessions from those of others; part of every SENDING record. */
  readonly processId: string;
  /** Whether the broker's clock moves in steps. */
  readonly stepped: () => boolean;
  /** Starts runs for open positions that have none; failures are logged. */
  readonly revive: () => Promise<void>;
  /** Ends the sleep of the position's run until the next session; failures are logged. */
  readonly wake: (positionId: string) => Promise<void>;
  /** Whether all search attributes are registered now. Never throws. */
  readonly hasSearchAttributes: () => Promise<boolean>;
  /** Aborted when this process is asked to stop. Long settling work then goes to the next holder of the session. */
  readonly stopping: AbortSignal;
  readonly log: Log;
  readonly meters: Meters;
}

/** Throws a retryable error once this process is asked to stop. */
export function assertStaying({ stopping }: Pick<BrokerDeps, 'stopping'>): void {
  if (!stopping.aborted) return;
  throw new LegworkError('BROKER_UNREACHABLE', 'This worker is stopping; another worker continues.');
}

/** The session epoch as stored with an intent: process and connection. */
export function epochLabel(deps: Pick<BrokerDeps, 'processId'>, epoch: number): string {
  return `${deps.processId}:${epoch}`;
}
