/**
 * The environment of a card: the session, the market's clock, contracts to trade, orders that are cancelled afterwards, and
 * results of steps shared by several cards.
 */
import { numberOf, type Values } from 'ib-gateway/client';
import type { Frame, Link } from './link.js';
import {
  ENDED,
  errorText,
  isAdvice,
  LONGEST_MS,
  type OrderTerms,
  orderFields,
  Placed,
  REFERENCE,
  STILL,
} from './orders.js';

/** Longest time for an answer, wall ms. A combination's acknowledgement may take ten seconds. */
export const ANSWER_MS = 15_000;
const ACKNOWLEDGED_MS = 12_000;
/** Wait for a refusal that must come, and for one that must not, wall ms. */
export const REFUSED_MS = 5_000;
export const SETTLED_MS = 1_500;

/** Thrown by a card that cannot be tried under present conditions. */
export class NotTried extends Error {
  override readonly name = 'NotTried';
}

/** Thrown when the broker refuses a request or is silent: it differs from a card that assumes an answer. */
export class Unserved extends NotTried {
  override readonly name = 'NotTried';

  constructor(
    readonly request: string,
    message: string,
  ) {
    super(message);
  }
}

export interface StageOptions {
  readonly link: Link;
  readonly account: string;
  /** Tells this run from others. */
  readonly run: string;
  readonly otherClientId: number;
  readonly openOther: (clientId: number) => Promise<Link>;
}

export class Stage {
  readonly link: Link;
  readonly account: string;
  readonly #options: StageOptions;
  readonly #steps = new Map<string, Promise<unknown>>();
  readonly #placed: Placed[] = [];
  #other: Promise<Link> | undefined;
  #orders = 0;

  constructor(options: StageOptions) {
    this.#options = options;
    this.link = options.link;
    this.account = options.account;
  }

  /** Does a step once; later calls get the same result, or the same error. */
  once<T>(name: string, work: () => Promise<T>): Promise<T> {
    let made = this.#steps.get(name) as Promise<T> | undefined;
    if (made === undefined) {
      made = work();
      made.catch(() => undefined);
      this.#steps.set(name, made);
    }
    return made;
  }

  /** A short second session, under the next client id. */
  other(): Promise<Link> {
    this.#other ??= this.#options.openOther(this.#options.otherClientId);
    return this.#other;
  }

  get otherIfOpen(): Promise<Link> | undefined {
    return this.#other;
  }

  openSession(clientId: number): Promise<Link> {
    return this.#options.openOther(clientId);
  }

  /** The broker's clock, epoch ms in whole seconds. */
  async now(): Promise<number> {
    const frames = await this.ask('REQ_CURRENT_TIME', {}, (frame) => frame.name === 'CURRENT_TIME');
    return (numberOf(frames.at(-1)?.values ?? {}, 'time') ?? 0) * 1_000;
  }

  /** Sends a request; returns every message up to the one that ends its answer. Unserved without an answer. */
  async ask(
    name: string,
    values: Values,
    ends: (frame: Frame) => boolean,
    { link = this.link, ms = ANSWER_MS }: { readonly link?: Link; readonly ms?: number } = {},
  ): Promise<readonly Frame[]> {
    await link.ready();
    const mark = link.mark;
    link.send(name, values);
    const end = await link.until(mark, ends, ms);
    if (!end) throw new Unserved(name, `The broker did not answer ${name} within ${Math.round(ms / 1_000)} s.`);
    return link.frames.slice(mark, end.index + 1);
  }

  /** Sends a request with an id; returns its messages, up to the one called `end` or an error. */
  async request(name: string, values: Values, end: string, ms = ANSWER_MS): Promise<readonly Frame[]> {
    const reqId = this.link.newRequestId();
    const mine = (frame: Frame) => ofRequest(frame, reqId);
    const ends = (frame: Frame) => mine(frame) && (frame.name === end || frame.name === 'ERR_MSG');
    return (await this.ask(name, { reqId, ...values }, ends, { ms })).filter(mine);
  }

  /** The open orders of all clients: the rows, or the error that came instead. */
  async openOrders(link: Link = this.link): Promise<readonly Frame[]> {
    const ends = (frame: Frame) => frame.name === 'OPEN_ORDER_END' || isRefusedList(frame);
    const frames = await this.ask('REQ_ALL_OPEN_ORDERS', {}, ends, { link });
    return frames.filter(({ name }) => name === 'OPEN_ORDER' || name === 'ORDER_STATUS' || name === 'ERR_MSG');
  }

  async completedOrders(): Promise<readonly Frame[]> {
    const ends = (frame: Frame) => frame.name === 'COMPLETED_ORDERS_END' || isRefusedList(frame);
    const frames = await this.ask('REQ_COMPLETED_ORDERS', { apiOnly: false }, ends);
    return frames.filter(({ name }) => name === 'COMPLETED_ORDER');
  }

  /** Sends an order of one lot that ends by itself after `livesMs` of market time. */
  async place(card: string, terms: OrderTerms, options: PlaceOptions = {}): Promise<Placed> {
    const { link = this.link, livesMs = LONGEST_MS } = options;
    const now = options.now ?? (await this.now());
    await link.ready();
    this.#orders += 1;
    const reference = `${REFERENCE}${this.#options.run}|${card}|${this.#orders}`;
    const fields = orderFields(terms, now, livesMs, this.account, reference);
    const order = new Placed(link, options.orderId ?? link.newOrderId(), fields, link.mark);
    if (fields.whatIf !== true) this.#placed.push(order);
    link.send('PLACE_ORDER', { orderId: order.orderId, ...fields });
    return order;
  }

  /** Sends an order and waits until the broker shows it or refuses it. */
  async placed(card: string, terms: OrderTerms, options: PlaceOptions = {}): Promise<Placed> {
    const order = await this.place(card, terms, options);
    await this.acknowledged(order);
    return order;
  }

  /** Waits for the first message that decides about an order. */
  acknowledged(order: Placed): Promise<Frame | undefined> {
    const says = (frame: Frame) =>
      order.isStatus(frame, ...STILL, ...ENDED) || (order.isError(frame) && !isAdvice(frame));
    return order.link.until(order.mark, says, ACKNOWLEDGED_MS);
  }

  /** The error that refuses an order, awaited for a while: it may come after a first status. Undefined: none came. */
  async refusal(order: Placed, ms = REFUSED_MS): Promise<Frame | undefined> {
    const refuses = (frame: Frame) => order.isError(frame) && !isAdvice(frame) && !order.isError(frame, 202);
    await order.link.until(order.mark, (frame) => refuses(frame) || order.isStatus(frame, 'Cancelled'), ms);
    return order.messages().find(refuses);
  }

  /** A working order, or NotTried with the broker's message. */
  async working(card: string, terms: OrderTerms, options: PlaceOptions = {}): Promise<Placed> {
    return this.needWorking(await this.placed(card, terms, options));
  }

  needWorking(order: Placed): Placed {
    const refused = order.messages().find((frame) => frame.name === 'ERR_MSG' && !isAdvice(frame));
    if (refused) throw new NotTried(`The order was refused: ${errorText(refused)}`);
    if (!order.messages().some((frame) => order.isStatus(frame, ...STILL)))
      throw new NotTried(`The order was not acknowledged within ${ACKNOWLEDGED_MS / 1_000} s.`);
    return order;
  }

  /** Sends a change of an order: its fields with others over them. Returns the mark before the write. */
  async change(order: Placed, more: Values): Promise<number> {
    await order.link.ready();
    const mark = order.link.mark;
    order.link.send('PLACE_ORDER', { orderId: order.orderId, ...order.fields, ...more });
    return mark;
  }

  /** Cancels and waits for the end; returns the messages. */
  async cancel(order: Placed): Promise<readonly Frame[]> {
    const mark = await this.#askToCancel(order);
    await this.#cancelled(order, mark);
    return order.messages(mark);
  }

  /** Cancels those orders whose end was not reported. */
  async cancelAll(orders: readonly Placed[] = this.#placed): Promise<void> {
    const asked: (readonly [Placed, number])[] = [];
    for (const order of orders)
      if (!order.hasEnded && !order.link.closed) asked.push([order, await this.#askToCancel(order)]);
    for (const [order, mark] of asked) await this.#cancelled(order, mark);
  }

  async #askToCancel({ link, orderId }: Placed): Promise<number> {
    await link.ready();
    const mark = link.mark;
    link.send('CANCEL_ORDER', { orderId });
    return mark;
  }

  #cancelled(order: Placed, mark: number): Promise<Frame | undefined> {
    const refused = (frame: Frame) => order.isError(frame) && !order.isError(frame, 202);
    return order.link.until(mark, (frame) => order.isStatus(frame, ...ENDED) || refused(frame), ANSWER_MS);
  }

  /** Every order that was sent so far. */
  get orders(): readonly Placed[] {
    return this.#placed;
  }
}

export interface PlaceOptions {
  readonly link?: Link;
  readonly livesMs?: number;
  /** The broker's time, if it is already known. */
  readonly now?: number;
  readonly orderId?: number;
}

function ofRequest({ name, values }: Frame, reqId: number): boolean {
  return numberOf(values, name === 'ERR_MSG' ? 'id' : 'reqId') === reqId;
}

/** A gateway with Read-Only API answers a list with 321 without an id, and does not end it. */
export function isRefusedList(frame: Frame): boolean {
  return frame.name === 'ERR_MSG' && numberOf(frame.values, 'id') === -1 && numberOf(frame.values, 'code') === 321;
}
