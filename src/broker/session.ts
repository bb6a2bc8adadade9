/**
 * The session: connects in the background, keeps the link alive with a new client object each time, checks the accounts
 * before anything may be used, and reads the broker's messages about its own link.
 */
import { defined } from '../domain/defined.js';
import { LegworkError, messageOf } from '../domain/errors.js';
import { type FarmKind, ibCode } from '../domain/ib-codes.js';
import type { Log } from '../domain/log.js';
import type { BrokerOptions, SessionState, SessionTrouble } from './api.js';
import { Backoff } from './backoff.js';
import type { Connection } from './connection.js';
import { unreachable } from './failures.js';
import { Feeds } from './feeds.js';
import { Greeting } from './greeting.js';
import { refuseAccounts, refuseEndpoint } from './guard.js';
import { LinkHealth } from './link-health.js';
import { Listeners } from './listeners.js';
import { readNotice } from './notices.js';
import { type ConnectionEvents, openConnection } from './open-connection.js';
import { READ_ONLY, ReadOnly } from './read-only.js';
import { requestIds } from './request-ids.js';
import type { SessionHooks } from './session-part.js';

const CLIENT_ID_DELAY_MS = 2_000;
/** Interval of new tries with a gateway that has the wrong accounts. */
const REFUSED_DELAY_MS = 30_000;
/** Patience with a gateway that does not report its link as restored, as a multiple of the patience with an answer. */
const LINK_PATIENCE = 6;
const NOT_YET = 'No connection to the gateway yet.';

export class Session {
  private connection: Connection | undefined;
  private epoch = 0;
  private greeted: Connection | undefined;
  private ready = false;
  private reason = NOT_YET;
  private refusal: string | undefined;
  private greeting: Greeting | undefined;
  private closed = false;
  private readonly readOnly = new ReadOnly(
    () => this.changed(),
    (connection) => this.drop(connection, READ_ONLY),
  );
  private readonly link = new LinkHealth();
  private readonly feeds: Feeds;
  private readonly backoff = new Backoff(() => this.connect());
  private readonly listeners: Listeners<SessionState>;
  private readonly events: ConnectionEvents = {
    closed: (connection) => this.drop(connection, this.failureOf()),
    broken: (connection, reason) => this.drop(connection, reason),
    notice: (connection, code, text) => this.notice(connection, code, text),
  };

  constructor(
    private readonly options: BrokerOptions,
    private readonly hooks: SessionHooks,
    private readonly log: Log,
  ) {
    this.listeners = new Listeners('session', log);
    this.feeds = new Feeds({
      parts: hooks.parts,
      link: this.link,
      patienceMs: options.requestTimeoutMs * LINK_PATIENCE,
      drop: (connection, reason) => this.drop(connection, reason),
    });
  }

  start(): void {
    this.refusal = refuseEndpoint(this.options);
    this.reason = this.refusal ?? NOT_YET;
    if (this.refusal === undefined) this.connect();
    else this.log('error', 'the live guard refuses the gateway', { reason: this.refusal });
  }

  get nextValidId(): number | undefined {
    return this.greeting?.nextValidId;
  }

  state(): SessionState {
    const readOnly = this.readOnly.active && this.ready;
    const usable = this.ready && !this.link.lost && !readOnly;
    const troubles = this.troubles();
    const version = this.ready ? this.connection?.adapter.serverVersion : undefined;
    return {
      connected: this.ready,
      usable,
      epoch: this.epoch,
      clientId: this.options.clientId,
      ...defined({ serverVersion: version }),
      accounts: this.greeting?.accounts ?? [],
      ...(troubles.length > 0 && { troubles }),
      ...(!usable && { reason: readOnly ? READ_ONLY : this.reason }),
      reconciled: this.link.reconciled,
      modifyBlocked: this.link.modifyBlocked,
    };
  }

  private troubles(): readonly SessionTrouble[] {
    const { shortage } = requestIds;
    return [
      ...(this.readOnly.active
        ? [{ rule: 'read_only_api' as const, title: 'The gateway is read-only', message: READ_ONLY }]
        : []),
      ...(shortage === undefined
        ? []
        : [{ rule: 'ids_used_up' as const, title: 'Order ids are running out', message: shortage }]),
    ];
  }

  onState(listener: (state: SessionState) => void): () => void {
    return this.listeners.add(listener);
  }

  /** The usable connection; throws LIVE_GUARD or BROKER_UNREACHABLE. */
  usable(): Connection {
    const connection = this.connected();
    if (this.link.lost || this.readOnly.active) throw this.failure();
    return connection;
  }

  /** The connection, even while the broker's own link is lost; throws LIVE_GUARD or BROKER_UNREACHABLE. */
  connected(): Connection {
    if (!this.ready || this.connection === undefined || this.connection.ended) throw this.failure();
    return this.connection;
  }

  isCurrent(connection: Connection): boolean {
    return this.ready && this.connection === connection && !connection.ended;
  }

  markReconciled(epoch: number): void {
    if (epoch !== this.epoch || !this.ready) return;
    this.link.ordersRead();
    this.changed();
  }

  /** Ends this connection, if it is still the present one, and reconnects. */
  drop(connection: Connection | undefined, reason: string): void {
    if (connection === undefined || this.connection !== connection) return;
    const wasReady = this.ready;
    this.greeting?.end();
    this.connection = undefined;
    this.ready = false;
    this.link.ended();
    this.readOnly.ended();
    this.feeds.ended();
    this.reason = reason;
    connection.end(reason);
    for (const part of this.hooks.parts) part.ended?.();
    this.log(wasReady ? 'warn' : 'debug', 'the broker session ended', { reason, epoch: connection.epoch });
    this.changed();
    if (!this.closed) this.backoff.schedule();
  }

  reset(reason: string): void {
    this.drop(this.connection, reason);
  }

  close(): void {
    this.closed = true;
    this.backoff.close();
    this.drop(this.connection, 'The broker was closed.');
    this.reason = 'The broker was closed.';
    this.listeners.clear();
  }

  private connect(): void {
    if (this.closed) return;
    this.epoch += 1;
    const connection = openConnection(this.options, this.epoch, this.hooks.messagesPerSecond, this.events, this.log);
    this.connection = connection;
    const late = () => this.drop(connection, 'The gateway took the connection but did not greet in time.');
    this.greeting = new Greeting(connection, this.options.requestTimeoutMs, () => void this.greet(connection), late);
    for (const part of this.hooks.parts) part.attach?.(connection);
    connection.adapter.connect();
  }

  /** Both parts of the greeting are there: guard, clock, ready. */
  private async greet(connection: Connection): Promise<void> {
    if (this.connection !== connection) return;
    const refused = refuseAccounts(this.options.guard, this.greeting?.accounts ?? []);
    if (refused !== undefined) {
      this.refusal = refused;
      this.backoff.askFor(REFUSED_DELAY_MS);
      this.log('error', 'the live guard refuses the session', { reason: refused });
      this.drop(connection, refused);
      return;
    }
    // Accounts may be sent again later. They are checked each time; the rest is done once.
    if (this.greeted === connection) return;
    this.greeted = connection;
    // The library holds writes back until its own handling of the id is over.
    await Promise.resolve();
    try {
      await this.hooks.readClock(connection);
    } catch (error) {
      return this.drop(connection, messageOf(error));
    }
    if (this.connection !== connection || connection.ended) return;
    this.greeting?.end();
    this.refusal = undefined;
    this.backoff.succeeded();
    if (!this.link.lost) this.reason = NOT_YET;
    this.ready = true;
    this.log('info', 'the broker session is ready', { epoch: connection.epoch });
    for (const part of this.hooks.parts) part.ready?.(connection);
    this.readOnly.ready(connection);
    this.changed();
  }

  private notice(connection: Connection, code: number, text: string): void {
    if (this.connection !== connection) return;
    const meaning = readNotice(code, text);
    const reaction = ibCode(code)?.reaction;
    this.log(meaning.level, 'the broker says', { code, text, ...(reaction && { reaction }) });
    this.reason = meaning.reason ?? (!this.ready && meaning.level === 'warn' ? text : this.reason);
    if (meaning.clientIdInUse) this.backoff.askFor(CLIENT_ID_DELAY_MS);
    const changed = this.link.apply(meaning) || (meaning.readOnly === true && this.readOnly.said(connection));
    const fed = this.feeds.apply(connection, meaning);
    if (changed || fed) this.changed();
    if (meaning.fatal) this.drop(connection, `The client library could not read the broker (${code}): ${text}`);
  }

  /** The problem of the farms of a kind, for messages. */
  farmTrouble(kind: FarmKind): string | undefined {
    return this.feeds.trouble(kind);
  }

  private failureOf(): string {
    return this.ready || this.reason === NOT_YET ? 'The gateway closed the connection.' : this.reason;
  }

  /** Why there is no usable session: LIVE_GUARD when the guard refused it, else BROKER_UNREACHABLE. */
  failure(): LegworkError {
    if (this.refusal !== undefined) return new LegworkError('LIVE_GUARD', this.refusal);
    return unreachable(this.readOnly.active && this.ready ? READ_ONLY : this.reason);
  }

  private changed(): void {
    this.listeners.notify(this.state());
  }
}
