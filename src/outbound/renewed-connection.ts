/**
 * A client's connection to Temporal that follows its credentials: an API key or a certificate that is renewed in its file is used without
 * a restart. What cannot be used, such as half a pair of files or a key that the server refuses, changes nothing and is tried again.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Connection, ConnectionOptions } from '@temporalio/client';
import type { Log } from '../domain/log.js';
import { within } from './deadline.js';
import { connectTemporalClient } from './temporal.js';

/** Wall time between two reads of the files. */
const POLL_MS = 1_000;
/** Calls on the connection before may last as long as this, wall ms; none takes longer. */
const LINGER_MS = 100_000;
const SAY_MS = 60_000;
/** A poll under way may ask a server that does not answer; the end waits no longer, wall ms. */
const END_MS = 5_000;

export interface Credentials {
  readonly tls?: NonNullable<ConnectionOptions['tls']>;
  readonly apiKey?: string;
  readonly metadata?: Record<string, string>;
}

export interface RenewedOptions<C extends Credentials> {
  readonly address: string;
  readonly namespace: string;
  /** As the files say now; may throw. */
  readonly credentials: () => C;
  /** Wall ms. */
  readonly connectTimeout?: number;
  readonly log?: Log;
  /** Another connection that goes along: it is opened first, and `use` follows when both are there. */
  readonly along?: {
    open(next: C): Promise<{ use(): Promise<void> }>;
    setApiKey(key: string): Promise<void>;
  };
}

export class RenewedConnection<C extends Credentials = Credentials> {
  /** For clients: each use goes to the connection of the moment. */
  readonly connection: Connection;
  private readonly retired = new Set<Connection>();
  private readonly timer: NodeJS.Timeout;
  private polling: Promise<void> | undefined;
  private isClosed = false;
  private said = { words: '', at: Number.NEGATIVE_INFINITY };

  private constructor(
    private readonly options: RenewedOptions<C>,
    private current: Connection,
    private used: C,
  ) {
    this.connection = new Proxy(current, {
      get: (_first, key) => {
        const value: unknown = Reflect.get(this.current, key, this.current);
        return typeof value === 'function' ? value.bind(this.current) : value;
      },
    });
    this.timer = setInterval(() => void this.poll(), POLL_MS);
    this.timer.unref();
  }

  /** Throws the library's error when the server does not answer in `connectTimeout`, and what `credentials` throws. */
  static async open<C extends Credentials>(options: RenewedOptions<C>, first?: C): Promise<RenewedConnection<C>> {
    const credentials = first ?? options.credentials();
    return new RenewedConnection(options, await connect(options, credentials), credentials);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.timer);
    await within(END_MS, async () => await this.polling).catch(() => undefined);
    await Promise.allSettled([this.current, ...this.retired].map((one) => one.close()));
  }

  private async poll(): Promise<void> {
    if (this.polling !== undefined) return;
    this.polling = this.follow().catch((error: unknown) => this.refuse(error));
    await this.polling;
    this.polling = undefined;
  }

  private async follow(): Promise<void> {
    const next = this.options.credentials();
    if (isDeepStrictEqual(next, this.used)) return;
    const { apiKey } = next;
    const isKeyOnly = apiKey !== undefined && isDeepStrictEqual({ ...this.used, apiKey }, next);
    if (isKeyOnly && this.used.apiKey !== undefined) await this.takeKey(apiKey);
    else await this.reconnect(next);
    this.used = next;
    this.said = { words: '', at: Number.NEGATIVE_INFINITY };
    this.options.log?.('info', 'renewed credentials for Temporal are in use', { what: isKeyOnly ? 'API key' : 'TLS' });
  }

  /** The server must take the key before anything depends on it. */
  private async takeKey(apiKey: string): Promise<void> {
    const { namespace, along } = this.options;
    const ask = () => this.current.workflowService.describeNamespace({ namespace });
    await this.current.withApiKey(apiKey, ask);
    await along?.setApiKey(apiKey);
    this.current.setApiKey(apiKey);
  }

  /** A certificate counts when a connection begins. Calls that are under way end on the one before. */
  private async reconnect(next: C): Promise<void> {
    const opened = await connect(this.options, next);
    try {
      await (await this.options.along?.open(next))?.use();
    } catch (error) {
      await opened.close();
      throw error;
    }
    if (this.isClosed) return await opened.close();
    const before = this.current;
    this.current = opened;
    this.retired.add(before);
    setTimeout(() => {
      this.retired.delete(before);
      void before.close();
    }, LINGER_MS).unref();
  }

  private refuse(error: unknown): void {
    if (this.isClosed) return;
    const words =
      error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error);
    const now = performance.now();
    if (words === this.said.words && now - this.said.at < SAY_MS) return;
    this.said = { words, at: now };
    this.options.log?.('warn', 'the renewed credentials for Temporal cannot be used; the old ones stay in use', {
      error: words,
    });
  }
}

async function connect(options: RenewedOptions<Credentials>, credentials: Credentials): Promise<Connection> {
  const { address, connectTimeout } = options;
  return await connectTemporalClient({
    ...credentials,
    address,
    ...(connectTimeout !== undefined && { connectTimeout }),
  });
}
