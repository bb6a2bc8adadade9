/** The one combination that rests far from the market, followed by the cards about its life. */
import { numberOf, textOf } from 'ib-gateway/client';
import { debitCombo, FAR_DEBIT } from './contracts.js';
import type { Frame } from './link.js';
import { isAdvice, type Placed, shownContract } from './orders.js';
import { ANSWER_MS, NotTried, type Stage } from './stage.js';

/** The price of its change. */
export const CHANGED = 0.06;

/** The one order that these cards follow, with its answers. */
export function sent(stage: Stage): Promise<Placed> {
  return stage.once('combo sent', async () =>
    stage.placed('combo', { contract: await debitCombo(stage), limitPrice: FAR_DEBIT }),
  );
}

/** The same order, if it works. */
export function resting(stage: Stage): Promise<Placed> {
  return stage.once('combo resting', async () => stage.needWorking(await sent(stage)));
}

/** The last OPEN_ORDER of an order. */
export function shown(order: Placed, from = order.mark): Frame | undefined {
  return order
    .messages(from)
    .filter(({ name }) => name === 'OPEN_ORDER')
    .at(-1);
}

export function needShown(order: Placed): Frame {
  const row = shown(order);
  if (!row) throw new NotTried('The broker showed no OPEN_ORDER of the combination.');
  return row;
}

/** Waits for the answer to a change: shown as requested, or an error. */
export async function changeAnswer(stage: Stage, order: Placed, mark: number, isTaken: (frame: Frame) => boolean) {
  const taken = (frame: Frame) => frame.name === 'OPEN_ORDER' && order.isMine(frame) && isTaken(frame);
  const refused = (frame: Frame) => order.isError(frame) && !isAdvice(frame);
  const answer = await stage.link.until(mark, (frame) => taken(frame) || refused(frame), ANSWER_MS);
  return { answer, isTaken: answer !== undefined && taken(answer), isRefused: answer !== undefined && refused(answer) };
}

/** The order as a list of open orders shows it now. */
export async function listed(stage: Stage, order: Placed): Promise<Frame | undefined> {
  const rows = await stage.openOrders();
  return rows.find(({ name, values }) => name === 'OPEN_ORDER' && textOf(values, 'orderRef') === order.reference);
}

export const priceOf = (frame: Frame | undefined) => numberOf(frame?.values ?? {}, 'limitPrice');

/** The order was changed with the contract as the broker shows it: the mark and the answer. */
export function changed(stage: Stage) {
  return stage.once('combo changed', async () => {
    const order = await resting(stage);
    const contract = shownContract(needShown(order));
    const mark = await stage.change(order, { ...contract, limitPrice: CHANGED });
    const { answer, isTaken } = await changeAnswer(stage, order, mark, (frame) => priceOf(frame) === CHANGED);
    return { order, contract, answer, isTaken };
  });
}

export function cancelled(stage: Stage) {
  return stage.once('combo cancelled', async () => {
    const order = await resting(stage);
    return { order, answer: await stage.cancel(order) };
  });
}
