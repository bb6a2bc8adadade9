/** Market data lines of a check, kept until they have shown what the card needs. */
import { numberOf, type Values } from 'ib-gateway/client';
import type { Frame } from './link.js';
import type { Stage } from './stage.js';

export interface Ticks {
  readonly reqId: number;
  readonly frames: readonly Frame[];
}

const isOf =
  (reqId: number) =>
  ({ name, values }: Frame) =>
    numberOf(values, name === 'ERR_MSG' ? 'id' : 'reqId') === reqId;

/** Subscribes; waits until `enough` accepts the messages, an error outside `advice` came, or `ms` are over; cancels. */
export async function ticksOf(
  stage: Stage,
  values: Values,
  enough: (frames: readonly Frame[]) => boolean,
  ms = 15_000,
  advice: readonly number[] = [],
): Promise<Ticks> {
  const { link } = stage;
  await link.ready();
  const [mark, reqId] = [link.mark, link.newRequestId()];
  link.send('REQ_MKT_DATA', { reqId, ...values });
  const mine = () => link.since(mark).filter(isOf(reqId));
  const refuses = ({ name, values: { code } }: Frame) => name === 'ERR_MSG' && !advice.includes(Number(code));
  await link.until(mark, (frame) => isOf(reqId)(frame) && (refuses(frame) || enough(mine())), ms);
  await link.ready();
  link.send('CANCEL_MKT_DATA', { reqId });
  return { reqId, frames: mine() };
}

/** The last tick of a type, from any message. */
export function tick(frames: readonly Frame[], type: number): Frame | undefined {
  return frames.filter(({ name, values }) => name.startsWith('TICK_') && numberOf(values, 'tickType') === type).at(-1);
}

export function hasTicks(...types: readonly number[]): (frames: readonly Frame[]) => boolean {
  return (frames) => types.every((type) => tick(frames, type) !== undefined);
}

/** Refusals for lack of market data in this session. */
export const NO_DATA: readonly number[] = [354, 10089, 10090, 10167, 10168, 10186, 10189, 10197, 101];
