/**
 * Faults that keep a request from being served, or answer it with an error although it is carried out.
 */
import type { Values } from '../protocol/index.js';
import { flagOf, numberOf, numberOr, textOf } from '../protocol/values.js';
import { type ClientPort, invalidRequest } from './port.js';

/** What the Read-Only API refuses under the id of the request. */
const WRITES: ReadonlySet<string> = new Set(['PLACE_ORDER', 'CANCEL_ORDER', 'REQ_GLOBAL_CANCEL', 'EXERCISE_OPTIONS']);
/** The lists that it refuses with id -1 and without an end (wboayue/rust-ibapi 698); executions are shown. */
const LISTS: ReadonlySet<string> = new Set([
  ...['REQ_OPEN_ORDERS', 'REQ_ALL_OPEN_ORDERS', 'REQ_AUTO_OPEN_ORDERS', 'REQ_COMPLETED_ORDERS'],
]);
const READ_ONLY = invalidRequest('The API interface is currently in Read-Only mode.');

/** Whether a request of this name must not be served; `record` notes orders that vanish. */
export function intercepted(
  client: ClientPort,
  name: string,
  values: Values,
  record: (fields: Readonly<Record<string, unknown>>) => void,
): boolean {
  if (client.faults.readOnly && (WRITES.has(name) || LISTS.has(name))) {
    client.error(WRITES.has(name) ? idOf(values) : -1, ...READ_ONLY);
    return true;
  }
  const failure = client.faults.answers.nextFailure(name);
  if (failure) {
    if (failure.code !== undefined) client.error(idOf(values), failure.code, failure.text);
    return true;
  }
  if (name === 'PLACE_ORDER') return orderIntercepted(client, values, record);
  return name === 'CANCEL_ORDER' && cancelIntercepted(client, values);
}

function idOf(values: Values): number {
  return numberOf(values, 'reqId') ?? numberOf(values, 'orderId') ?? -1;
}

function orderIntercepted(
  client: ClientPort,
  values: Values,
  record: (fields: Readonly<Record<string, unknown>>) => void,
): boolean {
  const { faults, exchange } = client;
  const orderId = numberOr(values, 'orderId');
  if (faults.answers.muteOf(textOf(values, 'orderRef')) === 'swallow') {
    record({ fault: 'mute', orderId });
    return true;
  }
  const isLive = () =>
    exchange.isLive?.(client.clientId, orderId) ??
    exchange.openOrders(client.clientId).some((order) => order.request.orderId === orderId);
  const reject = faults.answers.nextReject(textOf(values, 'orderRef'), () => {
    if (flagOf(values, 'whatIf')) return 'preview';
    return isLive() ? 'modify' : 'new';
  });
  if (!reject) return false;
  if (!reject.place && !flagOf(values, 'whatIf')) exchange.useOrderId?.(client.clientId, orderId);
  client.error(orderId, reject.code, reject.text, reject.json);
  return !reject.place;
}

function cancelIntercepted(client: ClientPort, values: Values): boolean {
  const answer = client.faults.answers.nextCancelAnswer();
  if (!answer) return false;
  client.error(numberOr(values, 'orderId'), answer.code, answer.text);
  return !answer.act;
}
