/** Tries one card after the other, cancels what each area left, and never lets one card end the run. */

import { textOf } from 'ib-gateway/client';
import { LegworkError, messageOf } from '../domain/errors.js';
import { newYork, sessionsOf } from './broker-time.js';
import type { Card, CardResult } from './card.js';
import { AREAS } from './cards/index.js';
import { clearAway, heldFromChecks, sessionOf } from './cleanup.js';
import { putOf } from './contracts.js';
import { Interrupted } from './link.js';
import { NotTried, type Stage, Unserved } from './stage.js';
import { giveBackHeld } from './trade.js';

export interface RunOptions {
  readonly fill: boolean;
  readonly signal: AbortSignal;
  /** Called with each result at once. */
  readonly told: (result: CardResult, done: number, all: number) => void;
}

/** Ids of the cards to try; undefined: all of them. */
export type Chosen = ReadonlySet<string> | undefined;

export async function runCards(stage: Stage, options: RunOptions, chosen: Chosen): Promise<readonly CardResult[]> {
  const areas = AREAS.map(({ cards }) => cards.filter(({ id }) => chosen === undefined || chosen.has(id)));
  const all = areas.flat().length;
  const results: CardResult[] = [];
  const market = await marketState(stage, options.signal);
  for (const cards of areas) {
    for (const card of cards) {
      const result = await tried(stage, card, market, options);
      results.push(result);
      options.told(result, results.length, all);
    }
    if (cards.length > 0 && !options.signal.aborted) await quietly(() => stage.cancelAll());
  }
  return results;
}

/** Why cards that need an open market cannot be tried, or undefined. */
async function marketState(stage: Stage, signal: AbortSignal): Promise<string | undefined> {
  if (signal.aborted) return undefined;
  try {
    const { values } = await putOf(stage, 'SPY', 0.03);
    const sessions = sessionsOf(textOf(values, 'liquidHours'), textOf(values, 'timeZoneId')) ?? [];
    const now = await stage.now();
    if (sessions.some(({ open, close }) => open <= now && now < close)) return undefined;
    const next = sessions.find(({ open }) => open > now);
    return `The options market is closed${next ? ` until ${newYork(next.open).day} ${new Date(next.open).toISOString()}` : ''}.`;
  } catch (error) {
    if (error instanceof Interrupted) return undefined;
    return `Whether the options market is open is not known: ${messageOf(error)}`;
  }
}

async function tried(stage: Stage, card: Card, market: string | undefined, options: RunOptions): Promise<CardResult> {
  const { id, assumption, source, method, needs = [], serves = [] } = card;
  const result = (rest: Pick<CardResult, 'observed' | 'verdict' | 'reason'>): CardResult => ({
    ...{ id, assumption, source, method },
    ...rest,
  });
  const notTried = (reason: string) => result({ observed: null, verdict: 'not_tried', reason });
  if (options.signal.aborted) return notTried('The run was interrupted.');
  if (needs.includes('fill') && !options.fill) return notTried('It needs a fill: run with --fill.');
  if (needs.includes('open') && market !== undefined) return notTried(market);
  try {
    const { verdict, observed, reason } = await card.run(stage);
    return result({ observed, verdict, reason: verdict === 'differs' ? (reason ?? null) : null });
  } catch (error) {
    if (error instanceof Interrupted) return notTried('The run was interrupted.');
    if (error instanceof Unserved && serves.includes(error.request))
      return result({ observed: error.message, verdict: 'differs', reason: 'Legwork relies on the answer.' });
    if (error instanceof NotTried) return notTried(error.message);
    if (error instanceof LegworkError && error.code === 'BROKER_UNREACHABLE') return notTried(error.message);
    throw error;
  }
}

export interface Remains {
  /** References of orders that still work. */
  readonly orders: readonly string[];
  /** Options bought and not sold back. */
  readonly positions: readonly string[];
}

/** Cancels what is left in any case, and sells back what `--fill` bought; returns what remains. */
export async function finish(stage: Stage, fill: boolean): Promise<Remains> {
  stage.link.clearing = true;
  const other = await stage.otherIfOpen?.catch(() => undefined);
  if (other) other.clearing = true;
  await quietly(() => stage.cancelAll());
  if (fill && !stage.link.closed) await quietly(() => giveBackHeld(stage));
  const main = stage.link.closed ? await sessionOf(stage, stage.link.clientId) : stage.link;
  const left = main === undefined ? undefined : await quietly(() => clearAway(stage, main));
  const positions = stage.link.closed ? [] : await quietly(() => heldFromChecks(stage));
  other?.close();
  main?.close();
  const unended = () => stage.orders.filter((order) => !order.hasEnded).map(({ reference }) => reference);
  return {
    orders: left?.map(({ reference }) => reference) ?? unended(),
    positions: (positions ?? []).map(({ symbol, quantity }) => `${quantity} x ${symbol}`),
  };
}

async function quietly<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Interrupted || error instanceof NotTried || error instanceof LegworkError) return undefined;
    throw error;
  }
}
