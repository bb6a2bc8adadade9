/**
 * Matches messages to requests. A message with an id belongs to the request, or to the order, with that id; one without an
 * id belongs to the list requested last, or to the session. All frames about one order are one exchange.
 */
import {
  type Decoded,
  decodeRequest,
  decodeResponse,
  type FieldToken,
  responseTokens,
} from '../protocol/client-side.js';
import type { Values } from '../protocol/index.js';
import { numberOf, textOf } from '../protocol/values.js';
import { signatureOf } from './signature.js';

export interface Answer {
  /** The kind of message, with its distinguishing field: `ORDER_STATUS Submitted`, `ERR_MSG 105`. */
  readonly signature: string;
  readonly fields: readonly FieldToken[];
}

/** A request with its answers; for an order, all its frames. */
export interface Exchange {
  readonly index: number;
  readonly connection: number;
  /** Name of the (first) request. */
  readonly request: string;
  /** For people: `PLACE_ORDER 3`. */
  readonly label: string;
  readonly answers: Answer[];
}

const ORDER_REQUESTS: readonly string[] = ['PLACE_ORDER', 'CANCEL_ORDER'];
const ORDER_ANSWERS: readonly string[] = ['OPEN_ORDER', 'ORDER_STATUS'];
const OPEN_LISTS: readonly string[] = ['REQ_OPEN_ORDERS', 'REQ_ALL_OPEN_ORDERS', 'REQ_AUTO_OPEN_ORDERS'];
/** Requests whose answers do not carry their id, by the message. */
const ASKED_BY: Readonly<Record<string, readonly string[]>> = {
  CURRENT_TIME: ['REQ_CURRENT_TIME'],
  CURRENT_TIME_IN_MILLIS: ['REQ_CURRENT_TIME_IN_MILLIS'],
  NEXT_VALID_ID: ['REQ_IDS'],
  MANAGED_ACCTS: ['REQ_MANAGED_ACCTS'],
  MARKET_RULE: ['REQ_MARKET_RULE'],
  COMPLETED_ORDER: ['REQ_COMPLETED_ORDERS'],
  COMPLETED_ORDERS_END: ['REQ_COMPLETED_ORDERS'],
  OPEN_ORDER_END: OPEN_LISTS,
  POSITION: ['REQ_POSITIONS'],
  POSITION_END: ['REQ_POSITIONS'],
  ACCT_VALUE: ['REQ_ACCOUNT_DATA'],
  PORTFOLIO_VALUE: ['REQ_ACCOUNT_DATA'],
  ACCT_UPDATE_TIME: ['REQ_ACCOUNT_DATA'],
  ACCT_DOWNLOAD_END: ['REQ_ACCOUNT_DATA'],
};

export class Dialogue {
  readonly exchanges: Exchange[] = [];
  readonly #byId = new Map<string, Exchange>();
  readonly #byOrder = new Map<string, Exchange>();
  readonly #byExecution = new Map<string, Exchange>();
  /** The last request of a name. */
  readonly #last = new Map<string, Exchange>();
  /** Lists of open orders that have not ended. */
  readonly #lists = new Map<number, Exchange>();

  /** A request was sent. */
  sent(connection: number, tokens: readonly string[], version: number): Exchange {
    const { name, values } = decodeRequest(tokens, version);
    const isOrder = ORDER_REQUESTS.includes(name);
    const orderKey = `${connection} ${numberOf(values, 'orderId')}`;
    const exchange = (isOrder ? this.#byOrder.get(orderKey) : undefined) ?? this.#begin(connection, name, values);
    if (isOrder) this.#byOrder.set(orderKey, exchange);
    const reqId = numberOf(values, 'reqId');
    if (reqId !== undefined) this.#byId.set(`${connection} ${reqId} ${kindOf(name)}`, exchange);
    this.#last.set(`${connection} ${name}`, exchange);
    if (OPEN_LISTS.includes(name)) this.#lists.set(connection, exchange);
    return exchange;
  }

  /** A message came: returns its exchange, and its signature there. */
  came(
    connection: number,
    tokens: readonly string[],
    version: number,
  ): { readonly exchange: Exchange; readonly signature: string } {
    const decoded = decodeResponse(tokens, version);
    const exchange = this.#ownerOf(connection, decoded);
    const inList = OPEN_LISTS.includes(exchange.request);
    const fields = responseTokens(tokens, version);
    const signature = signatureOf(decoded, fields, inList);
    exchange.answers.push({ signature, fields });
    if (decoded.name === 'EXECUTION_DATA') this.#byExecution.set(textOf(decoded.values, 'execId'), exchange);
    if (decoded.name === 'OPEN_ORDER_END') this.#lists.delete(connection);
    return { exchange, signature };
  }

  #begin(connection: number, request: string, values: Values): Exchange {
    const id = numberOf(values, 'orderId') ?? numberOf(values, 'reqId') ?? numberOf(values, 'marketRuleId');
    const label = id === undefined ? request : `${request} ${id}`;
    const exchange: Exchange = { index: this.exchanges.length, connection, request, label, answers: [] };
    this.exchanges.push(exchange);
    return exchange;
  }

  #ownerOf(connection: number, { name, values }: Decoded): Exchange {
    const session = () => this.#last.get(`${connection} START_API`) ?? this.#begin(connection, 'START_API', {});
    if (name === 'ERR_MSG') return this.#ofError(connection, values) ?? session();
    const order = `${connection} ${numberOf(values, 'orderId')}`;
    if (ORDER_ANSWERS.includes(name)) return this.#lists.get(connection) ?? this.#byOrder.get(order) ?? session();
    const reqId = numberOf(values, 'reqId');
    const asked = reqId === undefined || reqId < 0 ? undefined : this.#byId.get(`${connection} ${reqId} ask`);
    if (asked) return asked;
    if (name === 'EXECUTION_DATA') return this.#byOrder.get(order) ?? session();
    if (name === 'COMMISSION_REPORT') return this.#byExecution.get(textOf(values, 'execId')) ?? session();
    const by = (ASKED_BY[name] ?? []).flatMap((request) => this.#last.get(`${connection} ${request}`) ?? []);
    return by.sort((left, right) => right.index - left.index)[0] ?? session();
  }

  /** An error about a cancelled request answers the cancel. */
  #ofError(connection: number, values: Values): Exchange | undefined {
    const id = `${connection} ${numberOf(values, 'id')}`;
    return this.#byId.get(`${id} cancel`) ?? this.#byId.get(`${id} ask`) ?? this.#byOrder.get(id);
  }
}

const kindOf = (name: string): 'ask' | 'cancel' => (name.startsWith('CANCEL_') ? 'cancel' : 'ask');
