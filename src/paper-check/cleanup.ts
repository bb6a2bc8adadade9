/** Cancels what is left: orders of this run, and of earlier ones that were killed. */
import { numberOf, textOf } from 'ib-gateway/client';
import type { Frame, Link } from './link.js';
import { ENDED, REFERENCE } from './orders.js';
import { ANSWER_MS, type Stage } from './stage.js';

export interface Leftover {
  readonly orderId: number;
  readonly clientId: number;
  readonly reference: string;
}

/** Working orders with the reference of a check, from any run. */
async function leftovers(stage: Stage, link: Link = stage.link): Promise<readonly Leftover[]> {
  const found = new Map<string, Leftover>();
  for (const { name, values } of await stage.openOrders(link)) {
    const reference = textOf(values, 'orderRef');
    if (name !== 'OPEN_ORDER' || !reference.startsWith(REFERENCE) || ENDED.includes(textOf(values, 'status'))) continue;
    const [orderId, clientId] = [numberOf(values, 'orderId') ?? 0, numberOf(values, 'clientId') ?? 0];
    found.set(reference, { orderId, clientId, reference });
  }
  return [...found.values()];
}

/**
 * Cancels them; orders of other client ids need a short session with that id. Returns what is still listed afterwards.
 * Orders that cannot be reached end by themselves within five minutes of being sent.
 */
export async function clearAway(stage: Stage, main: Link = stage.link): Promise<readonly Leftover[]> {
  const left = await leftovers(stage, main);
  const other = await stage.otherIfOpen?.catch(() => undefined);
  for (const clientId of new Set(left.map((order) => order.clientId))) {
    const known = [main, other].find((link) => link?.clientId === clientId && !link.closed);
    const link = known ?? (await sessionOf(stage, clientId));
    if (!link) continue;
    for (const order of left.filter((one) => one.clientId === clientId)) await cancel(link, order);
    if (!known) link.close();
  }
  return left.length === 0 ? [] : await leftovers(stage, main);
}

/** A session for the clean-up. */
export async function sessionOf(stage: Stage, clientId: number): Promise<Link | undefined> {
  // The orders of client 0 are a person's own.
  if (clientId <= 0) return undefined;
  const link = await stage.openSession(clientId).catch(() => undefined);
  if (!link) return undefined;
  link.clearing = true;
  if (await link.until(0, ({ name }) => name === 'NEXT_VALID_ID', ANSWER_MS)) return link;
  link.close();
  return undefined;
}

async function cancel(link: Link, { orderId }: Leftover): Promise<void> {
  if (link.closed) return;
  await link.ready();
  const mark = link.mark;
  link.send('CANCEL_ORDER', { orderId });
  const isEnd = ({ name, values }: Frame) =>
    (name === 'ORDER_STATUS' && numberOf(values, 'orderId') === orderId && ENDED.includes(textOf(values, 'status'))) ||
    (name === 'ERR_MSG' && numberOf(values, 'id') === orderId && numberOf(values, 'code') !== 202);
  await link.until(mark, isEnd, ANSWER_MS);
}

export interface Held {
  readonly conId: number;
  readonly symbol: string;
  /** Above zero: bought and not sold back. */
  readonly quantity: number;
}

/** Options that orders of a check traded today and did not close again. */
export async function heldFromChecks(stage: Stage): Promise<readonly Held[]> {
  const rows = await stage.request('REQ_EXECUTIONS', {}, 'EXECUTION_DATA_END');
  const held = new Map<number, Held>();
  const seen = new Set<string>();
  for (const { name, values } of rows) {
    const id = textOf(values, 'execId');
    const isLeg = textOf(values, 'orderRef').startsWith(REFERENCE) && textOf(values, 'secType') !== 'BAG';
    if (name !== 'EXECUTION_DATA' || !isLeg || seen.has(id)) continue;
    seen.add(id);
    const conId = numberOf(values, 'conId') ?? 0;
    const symbol = textOf(values, 'localSymbol').replace(/\s+/g, ' ');
    const signed = (textOf(values, 'side') === 'BOT' ? 1 : -1) * (numberOf(values, 'shares') ?? 0);
    held.set(conId, { conId, symbol, quantity: (held.get(conId)?.quantity ?? 0) + signed });
  }
  return [...held.values()].filter(({ quantity }) => quantity !== 0);
}
