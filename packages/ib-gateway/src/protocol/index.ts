/**
 * The protocol: its messages, and how each becomes tokens and back.
 */
import type { Message } from './field.js';
import { requests } from './requests.js';
import { responses } from './responses.js';

export { decode, encode, MessageError } from './codec.js';
export type { Message, MutableValues, Values } from './field.js';
export { requests } from './requests.js';
export { responses } from './responses.js';

const byId = new Map<number, Message>(requests.map((entry) => [entry.id, entry]));
const byName = new Map<string, Message>(responses.map((entry) => [entry.name, entry]));

/** The request with a message number; undefined when the gateway does not know it. */
export function requestOf(id: number): Message | undefined {
  return byId.get(id);
}

/** The response with a name. Throws on a name that is not in the table: a bug of the gateway itself. */
export function responseOf(name: string): Message {
  const found = byName.get(name);
  if (!found) throw new Error(`no response is called ${name}`);
  return found;
}
