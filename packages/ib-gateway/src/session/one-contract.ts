/**
 * The single contract that a request for data must name.
 */
import type { GatewayContract } from '../model.js';
import type { Values } from '../protocol/index.js';
import { numberOr } from '../protocol/values.js';
import { findContracts } from './contract-query.js';
import { type ClientPort, exchangeProblem, NO_DEFINITION } from './port.js';

/**
 * The contract of a request, or undefined after error 321 or 200 was sent: a request without an exchange is refused, and
 * unknown and ambiguous contracts are refused alike.
 */
export function oneContract(client: ClientPort, values: Values): GatewayContract | undefined {
  const problem = exchangeProblem(values);
  if (problem) {
    client.error(numberOr(values, 'reqId'), ...problem);
    return undefined;
  }
  const [contract, second] = findContracts(client.market, values, client.clock.now());
  if (contract && !second) return contract;
  client.error(numberOr(values, 'reqId'), ...NO_DEFINITION);
  return undefined;
}
