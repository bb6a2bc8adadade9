/** A combination bought at the market and sold again at once: the trade of `--fill`, with all its messages. */
import { numberOf, textOf, type Values } from 'ib-gateway/client';
import { heldFromChecks } from './cleanup.js';
import { creditCombo, debitCombo, verticalOf } from './contracts.js';
import type { Frame } from './link.js';
import { ENDED, type Placed, singleContract } from './orders.js';
import { hasTicks, tick, ticksOf } from './quotes.js';
import { NotTried, type Stage } from './stage.js';

const FILL_MS = 20_000;
/** Dollars beyond the far side of the quote, growing with each try. */
const ROOM = [0.02, 0.05, 0.15, 0.4, 1];

export interface Trade {
  readonly order: Placed;
  /** Rows of the execution of the combination and of its legs. */
  readonly executions: readonly Frame[];
}

/** The quote of the vertical: the cost of buying it, the proceeds of selling it. */
async function natural(stage: Stage): Promise<{ readonly buy: number; readonly sell: number; readonly width: number }> {
  const { upper, lower, width } = await verticalOf(stage);
  const sides = [];
  for (const { values } of [upper, lower]) {
    const contract = singleContract(numberOf(values, 'conId') ?? 0);
    const { frames } = await ticksOf(stage, contract, hasTicks(1, 2));
    const [bid, ask] = [1, 2].map((type) => numberOf(tick(frames, type)?.values ?? {}, 'price') ?? -1);
    if (bid === undefined || ask === undefined || bid <= 0 || ask <= 0)
      throw new NotTried('A leg has no quote on both sides.');
    sides.push({ bid, ask });
  }
  const [high, low] = sides;
  return { buy: (high?.ask ?? 0) - (low?.bid ?? 0), sell: (high?.bid ?? 0) - (low?.ask ?? 0), width };
}

const cents = (price: number): number => Math.round(price * 100) / 100;

/** Buys one vertical; NotTried when it does not fill. */
export function bought(stage: Stage, round: number): Promise<Trade> {
  return stage.once(`bought ${round}`, async () => {
    const { buy, width } = await natural(stage);
    const limitPrice = cents(Math.min(Math.max(buy, 0.01) + (ROOM[1] ?? 0), width * 0.8));
    const trade = await filled(stage, `fill-${round}`, { contract: await debitCombo(stage), limitPrice });
    if (!trade) throw new NotTried(`The combination did not fill at ${limitPrice} within ${FILL_MS / 1_000} s.`);
    return trade;
  });
}

/**
 * Sells the vertical back: Legwork's way (bought the other way round at a price below zero) or as a plain sale. NotTried when
 * the position stays open; then a person must close it.
 */
export function givenBack(stage: Stage, round: number, how: 'reversed' | 'sold'): Promise<Trade> {
  return stage.once(`sold ${round}`, async () => {
    await bought(stage, round);
    const trade = await sale(stage, `fill-${round}-${how}`, how);
    if (trade) return trade;
    throw new NotTried('The vertical of SPY puts that was bought could not be sold: close it by hand.');
  });
}

/** Goes further from the market with each try. */
async function sale(stage: Stage, card: string, how: 'reversed' | 'sold'): Promise<Trade | undefined> {
  for (const room of ROOM) {
    const { sell } = await natural(stage);
    const price = cents(Math.max(sell - room, 0.01));
    const terms =
      how === 'sold'
        ? { contract: await debitCombo(stage), limitPrice: price, more: { action: 'SELL' } as Values }
        : { contract: await creditCombo(stage), limitPrice: -price };
    const trade = await filled(stage, card, terms);
    if (trade) return trade;
  }
  return undefined;
}

const MOST_SALES = 3;

/** Sells what a card, an interruption or an earlier run left of this vertical. */
export async function giveBackHeld(stage: Stage): Promise<void> {
  for (let count = 0; count < MOST_SALES; count += 1) {
    const held = new Map((await heldFromChecks(stage)).map(({ conId, quantity }) => [conId, quantity]));
    if (held.size === 0) return;
    const { upper, lower } = await verticalOf(stage);
    const [bought, sold] = [upper, lower].map(({ values }) => held.get(numberOf(values, 'conId') ?? 0) ?? 0);
    if ((bought ?? 0) <= 0 || (sold ?? 0) >= 0) return;
    if (!(await sale(stage, 'fill-back', 'sold'))) return;
  }
}

async function filled(
  stage: Stage,
  card: string,
  terms: { contract: Values; limitPrice: number; more?: Values },
): Promise<Trade | undefined> {
  const order = await stage.placed(card, terms);
  const isWhole = () => isComplete(executionsOf(order));
  await stage.link.until(order.mark, (frame) => isWhole() || order.isStatus(frame, 'Cancelled', 'Inactive'), FILL_MS);
  if (!isWhole()) {
    await stage.cancel(order);
    // Fills during the cancel have been reported by now.
    await stage.now();
    if (!isWhole()) return undefined;
  }
  await stage.link.until(order.mark, (frame) => order.isStatus(frame, ...ENDED), 10_000);
  return { order, executions: executionsOf(order) };
}

const executionsOf = (order: Placed): readonly Frame[] =>
  order.link
    .since(order.mark)
    .filter(({ name, values }) => name === 'EXECUTION_DATA' && textOf(values, 'orderRef') === order.reference);

const isComplete = (rows: readonly Frame[]): boolean =>
  rows.filter(({ values }) => textOf(values, 'secType') === 'OPT').length >= 2;

/** Cost reports of a trade, awaited for a while. */
export async function reportsOf(stage: Stage, { order, executions }: Trade): Promise<readonly Frame[]> {
  const ids = executions.map(({ values }) => textOf(values, 'execId'));
  const mine = () =>
    order.link
      .since(order.mark)
      .filter(({ name, values }) => name === 'COMMISSION_REPORT' && ids.includes(textOf(values, 'execId')));
  await stage.link.until(order.mark, () => mine().length >= 2, 30_000);
  return mine();
}
