/** Makes a connection with a new client object, wired but not connected yet. */

import type { Log } from '../domain/log.js';
import { Adapter } from './adapter.js';
import type { BrokerOptions } from './api.js';
import { Connection } from './connection.js';
import { Pacer } from './pacing.js';
import { saysReadOnly } from './read-only.js';
import { requestIds } from './request-ids.js';

export interface ConnectionEvents {
  /** The socket closed. */
  closed(connection: Connection): void;
  /** The client library cannot go on. */
  broken(connection: Connection, reason: string): void;
  /** A message of the broker that belongs to no request. */
  notice(connection: Connection, code: number, text: string): void;
}

export function openConnection(
  options: Pick<BrokerOptions, 'host' | 'port' | 'clientId'>,
  epoch: number,
  messagesPerSecond: () => number,
  events: ConnectionEvents,
  log: Log,
): Connection {
  const { host, port, clientId } = options;
  const adapter = new Adapter({ host, port, clientId }, log, (reason) => events.broken(connection, reason));
  const connection = new Connection(adapter, epoch, new Pacer(messagesPerSecond));
  // Orders of any client: no request may have their ids.
  adapter.on('nextValidId', (orderId) => requestIds.noteOrder(orderId));
  adapter.on('openOrder', (orderId) => requestIds.noteOrder(orderId));
  adapter.on('execDetails', (_reqId, _contract, { orderId = 0 }) => requestIds.noteOrder(orderId));
  adapter.on('disconnected', () => events.closed(connection));
  // The library emits messages with id -1 as `info`, and its own errors as `error` with that id.
  adapter.on('info', (text, code) => events.notice(connection, code, text));
  adapter.on('error', (error, code, id) => {
    // A refusal because of the gateway's settings concerns the whole session, whatever request it answers.
    if (id === -1 || saysReadOnly(code, error.message)) events.notice(connection, code, error.message);
  });
  return connection;
}
