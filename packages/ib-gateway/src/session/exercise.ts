/**
 * The request to exercise long options, or to let them lapse.
 */
import type { Values } from '../protocol/index.js';
import { numberOr, textOf } from '../protocol/values.js';
import { oneContract } from './one-contract.js';
import { type ClientPort, invalidRequest } from './port.js';

const ACTIONS: Readonly<Record<number, 'exercise' | 'lapse'>> = { 1: 'exercise', 2: 'lapse' };

/** Carried out overnight; until then only warning 399 is sent. */
export function exerciseOptions(client: ClientPort, values: Values): void {
  const answer = instruct(client, values);
  if (answer) client.error(numberOr(values, 'reqId'), ...answer);
}

/** The answer; undefined when it was sent already. */
function instruct(client: ClientPort, values: Values): readonly [number, string] | undefined {
  const action = ACTIONS[numberOr(values, 'exerciseAction')];
  if (action === undefined) return invalidRequest('Invalid exercise action');
  const account = textOf(values, 'account');
  if (account !== '' && !client.accounts.includes(account)) return invalidRequest('Invalid account code');
  const { exchange } = client;
  if (!exchange.exercise) return invalidRequest('This exchange exercises nothing by request');
  const contract = oneContract(client, values);
  if (!contract) return undefined;
  const quantity = numberOr(values, 'quantity');
  const override = numberOr(values, 'override') === 1;
  const refused = exchange.exercise({ conId: contract.conId, action, quantity, override });
  const order = `${action.toUpperCase()} ${quantity} ${contract.localSymbol}`;
  return refused ?? [399, `Order Message:\n${order}\nWarning: Your instruction will be carried out after the close.`];
}
