/** The two connections of a worker to Temporal, for its client and for polling. Both follow renewed credentials. */
import type { Connection } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { TemporalCredentials, TemporalTarget } from '../config/temporal-credentials.js';
import { LegworkError } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import { within } from '../outbound/deadline.js';
import { RenewedConnection } from '../outbound/renewed-connection.js';
import { temporalRefusal } from '../outbound/temporal-refusal.js';

const CONNECT_MS = 10_000;

export class WorkerConnections {
  private readonly workers = new Set<Worker>();
  private readonly retired = new Set<NativeConnection>();
  /** Workers that are being created. They use a connection that does not know of them yet. */
  private creating = 0;
  private isClosed = false;
  private renewed: RenewedConnection<TemporalCredentials> | undefined;

  private constructor(
    private readonly target: TemporalTarget,
    private native: NativeConnection,
  ) {}

  /** Throws TEMPORAL_UNREACHABLE, with `refused` in its details when waiting cannot help, and INVALID_INPUT for a bad address. */
  static async open(target: TemporalTarget, log: Log): Promise<WorkerConnections> {
    const credentials = target.credentials();
    let native: NativeConnection | undefined;
    try {
      // First, since it fails at once and with a reason.
      native = await connectNative(target, credentials);
      const opened = new WorkerConnections(target, native);
      const along = {
        open: (next: TemporalCredentials) => opened.reopen(next),
        setApiKey: (key: string) => opened.native.setApiKey(key),
      };
      opened.renewed = await RenewedConnection.open({ ...target, connectTimeout: CONNECT_MS, log, along }, credentials);
      return opened;
    } catch (error) {
      await native?.close().catch(() => undefined);
      throw failureOf(target.address, error);
    }
  }

  /** For the client. */
  get connection(): Connection {
    if (this.renewed === undefined)
      throw new LegworkError('INVARIANT_BROKEN', 'The connection to Temporal is not open.');
    return this.renewed.connection;
  }

  /** A worker that polls by the connection of the moment, from its start to its end. */
  async createWorker(options: Omit<WorkerOptions, 'connection' | 'namespace'>): Promise<Worker> {
    const { namespace } = this.target;
    this.creating += 1;
    let worker: Worker;
    try {
      worker = await Worker.create({ ...options, namespace, connection: this.native });
    } finally {
      this.creating -= 1;
    }
    this.workers.add(worker);
    follow(worker, this.native);
    await this.closeRetired();
    return worker;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.renewed?.close();
    await Promise.allSettled([this.native, ...this.retired].map((one) => one.close()));
  }

  /** Tasks and heartbeats of a worker go by the new connection from `use` on; polls under way end on the one before. */
  private async reopen(next: TemporalCredentials): Promise<{ use(): Promise<void> }> {
    const opened = await connectNative(this.target, next);
    return {
      use: async () => {
        if (this.isClosed) return await opened.close();
        this.retired.add(this.native);
        this.native = opened;
        for (const worker of this.workers) {
          const state = worker.getState();
          if (state === 'INITIALIZED' || state === 'RUNNING') follow(worker, opened);
          // One that drains stays: a new connection would register it again, and block its queue in this process.
          else if (state === 'STOPPED' || state === 'FAILED') this.workers.delete(worker);
        }
        await this.closeRetired();
      },
    };
  }

  /** Those that a worker still uses are tried again with the next. */
  private async closeRetired(): Promise<void> {
    if (this.creating > 0) return;
    for (const one of this.retired)
      await one.close().then(
        () => this.retired.delete(one),
        () => undefined,
      );
  }
}

function follow(worker: Worker, connection: NativeConnection): void {
  if (worker.connection !== connection) worker.connection = connection;
}

async function connectNative({ address }: TemporalTarget, credentials: TemporalCredentials): Promise<NativeConnection> {
  const options = { ...credentials, address };
  let isLate = false;
  const take = async (connected: NativeConnection) => {
    if (isLate) await connected.close();
    return connected;
  };
  try {
    return await within(CONNECT_MS, () => NativeConnection.connect(options).then(take));
  } catch (error) {
    isLate = true;
    throw error;
  }
}

function failureOf(address: string, error: unknown): LegworkError {
  const text = error instanceof Error ? error.message : String(error);
  const cause = { cause: error };
  if (error instanceof LegworkError) return error;
  if (error instanceof TypeError) return new LegworkError('INVALID_INPUT', `temporal.address: ${text}.`, {}, cause);
  const refusal = temporalRefusal(error);
  if (refusal === undefined) {
    return new LegworkError('TEMPORAL_UNREACHABLE', `Temporal does not answer at ${address}: ${text}.`, {}, cause);
  }
  return new LegworkError(
    'TEMPORAL_UNREACHABLE',
    `Temporal refused the connection: ${refusal}.`,
    { refused: true },
    cause,
  );
}
