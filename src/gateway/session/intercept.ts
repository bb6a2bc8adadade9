/**
 * Faults that keep a request from being served, or answer it with an error although it is carried out.
 */
import type { Values } from '../protocol/index.js';
import { numberOf, numberOr, textOf } from '../protocol/values.js';
import type { ClientPort } from './port.js';

/** Whether a request of this name must not be served; `record` takes note of orders that vanish. */
export function intercepted(
  client: ClientPort,
  name: string,
  values: Values,
  record: (fields: Readonly<Record<string, unknown>>) => void,
): boolean {
  const failure = client.faults.answers.nextFailure(name);
  if (failure) {
    const id = numberOf(values, 'reqId') ?? numberOf(values, 'orderId') ?? -1;
    if (failure.code !== undefined) client.error(id, failure.code, failure.text);
    return true;
  }
  if (name === 'PLACE_ORDER') return orderIntercepted(client, values, record);
  return name === 'CANCEL_ORDER' && cancelIntercepted(client, values);
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
  const reject = faults.answers.nextReject(
    () =>
      exchange.isLive?.(client.clientId, orderId) ??
      exchange.openOrders(client.clientId).some((order) => order.request.orderId === orderId),
  );
  if (!reject) return false;
  if (!reject.place) exchange.useOrderId?.(client.clientId, orderId);
  client.error(orderId, reject.code, reject.text, reject.json);
  return !reject.place;
}

function cancelIntercepted(client: ClientPort, values: Values): boolean {
  const answer = client.faults.answers.nextCancelAnswer();
  if (!answer) return false;
  client.error(numberOr(values, 'orderId'), answer.code, answer.text);
  return !answer.act;
}
