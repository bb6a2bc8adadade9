/**
 * The colour groups of the trading workstation, which clients may follow and set. There are no windows here, so a group
 * holds the value that a client sets.
 */
import type { Values } from '../protocol/index.js';
import { numberOr, textOf } from '../protocol/values.js';
import { type ClientPort, invalidRequest } from './port.js';

const GROUPS = 7;
const EMPTY = 'none';
const LONGEST_INFO = 100;

/** The groups of one client, and the group of each request. */
export class DisplayGroups {
  readonly #client: ClientPort;
  readonly #contents = new Map<number, string>();
  readonly #followed = new Map<number, number>();

  constructor(client: ClientPort) {
    this.#client = client;
  }

  query(values: Values): void {
    const groups = Array.from({ length: GROUPS }, (_, index) => index + 1).join('|');
    this.#client.send('DISPLAY_GROUP_LIST', { reqId: numberOr(values, 'reqId'), groups });
  }

  follow(values: Values): void {
    const reqId = numberOr(values, 'reqId');
    const group = numberOr(values, 'groupId');
    // One request follows one group, which limits what a client can keep open here.
    if (group < 1 || group > GROUPS || this.#followed.size >= GROUPS) {
      this.#client.error(reqId, ...invalidRequest(`Invalid group ${group}`));
      return;
    }
    this.#followed.set(reqId, group);
    this.#send(reqId, group);
  }

  update(values: Values): void {
    const reqId = numberOr(values, 'reqId');
    const group = this.#followed.get(reqId);
    if (group === undefined) {
      this.#client.error(reqId, ...invalidRequest('This request follows no group'));
      return;
    }
    this.#contents.set(group, textOf(values, 'contractInfo').slice(0, LONGEST_INFO) || EMPTY);
    for (const [follower, followed] of this.#followed) if (followed === group) this.#send(follower, group);
  }

  unfollow(values: Values): void {
    this.#followed.delete(numberOr(values, 'reqId'));
  }

  #send(reqId: number, group: number): void {
    this.#client.send('DISPLAY_GROUP_UPDATED', { reqId, contractInfo: this.#contents.get(group) ?? EMPTY });
  }
}
