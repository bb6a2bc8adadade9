/**
 * One client from its first byte to the end of its connection: handshake, requests, subscriptions.
 */
import type { Socket } from 'node:net';
import type { Journal } from '../journal.js';
import type { GatewayClock, GatewayExchange, GatewayMarket, GatewayPosition } from '../model.js';
import { encode, type Message, responseOf, type Values } from '../protocol/index.js';
import { numberOr } from '../protocol/values.js';
import { ERROR_TIME } from '../protocol/versions.js';
import { frameOf } from '../wire/frames.js';
import { AccountFeeds } from './account-feeds.js';
import { clipped } from './clipped.js';
import { Connection } from './connection.js';
import { DetailsQueue } from './details-queue.js';
import { handlers, type ServedClient } from './dispatch.js';
import { DisplayGroups } from './display-groups.js';
import type { Farms } from './farms.js';
import type { Faults } from './faults.js';
import { HistoryFeeds } from './history.js';
import { Inbound } from './inbound.js';
import { intercepted } from './intercept.js';
import { type LineBudget, MarketLines } from './market-lines.js';
import type { Damage } from './message-faults.js';
import { timesFor } from './old-times.js';
import type { GatewayParts } from './port.js';
import { TickStreams } from './tick-streams.js';

/** What a session needs from its server. */
export interface SessionHost extends GatewayParts {
  readonly accounts: readonly string[];
  readonly budget: LineBudget;
  readonly faults: Faults;
  readonly farms: Farms;
  readonly journal: Journal;
  /** Messages a second that a client may send; 0: any. */
  readonly messageRate: number;
  /** Takes a client id for a session; false when another session has it. */
  claim(clientId: number, session: ClientSession): boolean;
  ended(session: ClientSession): void;
}

type Stage = 'start' | 'ready' | 'ended';

export class ClientSession implements ServedClient {
  readonly number: number;
  readonly lines: MarketLines;
  readonly feeds: AccountFeeds;
  readonly history: HistoryFeeds;
  readonly streams: TickStreams;
  readonly groups: DisplayGroups;
  readonly details: DetailsQueue;
  readonly #host: SessionHost;
  readonly #connection: Connection;
  readonly #inbound: Inbound;
  #stage: Stage = 'start';
  #clientId: number | undefined;

  constructor(host: SessionHost, socket: Socket, number: number) {
    this.#host = host;
    this.number = number;
    this.lines = new MarketLines(this, host.budget);
    this.feeds = new AccountFeeds(this);
    this.history = new HistoryFeeds(this);
    this.streams = new TickStreams(this);
    this.groups = new DisplayGroups(this);
    this.details = new DetailsQueue(this);
    this.#connection = new Connection(socket, host.faults, {
      received: () => this.#inbound.received(),
      closed: (reason) => this.#closed(reason),
    });
    this.#inbound = new Inbound(this.#connection, {
      messageRate: () => host.faults.messageRate ?? host.messageRate,
      now: () => host.clock.now(),
      // The gateway sends nothing before START_API.
      isHeard: (name) => this.#stage !== 'start' || name === 'START_API',
      badHandshake: () => host.faults.nextBadHandshake(),
      serve: (name, values) => this.#serve(name, values),
      error: (id, code, text) => this.error(id, code, text),
      record: (dir, type, fields) => this.#record(dir, type, fields),
    });
    this.#record('sys', 'CONNECT', {});
  }

  get market(): GatewayMarket {
    return this.#host.market;
  }

  get exchange(): GatewayExchange {
    return this.#host.exchange;
  }

  get clock(): GatewayClock {
    return this.#host.clock;
  }

  get accounts(): readonly string[] {
    return this.#host.accounts;
  }

  get faults(): Faults {
    return this.#host.faults;
  }

  get farms(): Farms {
    return this.#host.farms;
  }

  get clientId(): number {
    return this.#clientId ?? -1;
  }

  get ready(): boolean {
    return this.#stage === 'ready';
  }

  get serverVersion(): number {
    return this.#inbound.version;
  }

  send(name: string, values: Values = {}): void {
    const message = responseOf(name);
    this.#host.faults.outbound(this.number, name, values, (damage) => this.#deliver(message, values, damage));
  }

  error(id: number, code: number, text: string, advancedReject = ''): void {
    const time = this.serverVersion >= ERROR_TIME ? { time: this.clock.now() } : {};
    this.send('ERR_MSG', { id, code, text, advancedOrderReject: advancedReject, ...time });
  }

  sendNextId(): void {
    this.send('NEXT_VALID_ID', { orderId: this.exchange.nextOrderId(this.clientId) });
  }

  positionChanged(position: GatewayPosition): void {
    this.feeds.positionChanged(position);
  }

  /** Sends every quote, balance and chart that has changed. */
  pump(): void {
    if (!this.ready) return;
    this.lines.pump();
    this.streams.pump();
    this.feeds.pump();
    this.history.pump();
  }

  /** Ends the connection after what was written has left. */
  end(reason: string): void {
    this.#connection.end(reason);
  }

  /** Cuts the connection. */
  cut(reason: string): void {
    this.#connection.destroy(reason);
  }

  unfrozen(): void {
    this.#connection.unfrozen();
  }

  /** Market data subscriptions are lost: lines and streams are dropped silently. */
  forgetMarketData(): void {
    this.lines.clear();
    this.streams.clear();
  }

  #deliver(message: Message, given: Values, damage?: Damage): void {
    if (this.#connection.closed) return;
    const values = timesFor(this.#inbound.version, message.name, given);
    this.#record('out', message.name, values);
    const tokens = encode(message, values, this.#inbound.version);
    this.#connection.write(frameOf(damage ? damage(tokens) : tokens));
  }

  #serve(name: string, values: Values): void {
    if (this.#stage === 'start') this.#start(numberOr(values, 'clientId'));
    else if (intercepted(this, name, values, (fields) => this.#record('sys', 'FAULT_HIT', fields))) return;
    else this.clock.atOneInstant(() => handlers.get(name)?.(this, values));
  }

  #start(clientId: number): void {
    if (!this.#host.claim(clientId, this)) {
      this.error(-1, 326, 'Unable to connect as the client id is already in use. Retry with a unique client id.');
      this.#connection.end('client id in use');
      return;
    }
    this.#clientId = clientId;
    this.#stage = 'ready';
    this.send('MANAGED_ACCTS', { accounts: this.accounts.join(',') });
    this.sendNextId();
    for (const [code, text] of this.farms.greeting()) this.error(-1, code, text);
  }

  #closed(reason: string): void {
    this.#stage = 'ended';
    this.forgetMarketData();
    this.#record('sys', 'CLOSE', { reason });
    this.#host.ended(this);
  }

  #record(dir: 'in' | 'out' | 'sys', type: string, fields: Readonly<Record<string, unknown>>): void {
    const kept = dir === 'in' ? clipped(fields) : fields;
    this.#host.journal.add({ session: this.number, clientId: this.#clientId, dir, type, fields: kept });
  }
}
