/**
 * Acceptance against a paper account: connects, checks the account, cancels what an earlier run left, tries the cards, and
 * cleans up.
 */

import { textOf } from 'ib-gateway/client';
import type { BrokerOptions } from '../broker/api.js';
import { refuseAccounts, refuseEndpoint } from '../broker/guard.js';
import { LegworkError } from '../domain/errors.js';
import { Capture, noRecorder, type Recorder } from './capture.js';
import type { CardResult } from './card.js';
import { CARDS } from './cards/index.js';
import { clearAway } from './cleanup.js';
import { Link } from './link.js';
import type { CheckOutcome } from './report.js';
import { finish, type Remains, runCards } from './runner.js';
import { ANSWER_MS, NotTried, Stage } from './stage.js';

export type { CardResult } from './card.js';
export { type CheckOutcome, markdownReport, summaryText } from './report.js';

export interface CheckOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: number;
  /** A short second session beside the first. */
  readonly otherClientId: number;
  readonly guard: Omit<BrokerOptions['guard'], 'live'>;
  readonly fill: boolean;
  /** Ids of cards; empty: all. */
  readonly only: readonly string[];
  readonly capture?: string;
  readonly signal: AbortSignal;
  readonly told: (result: CardResult, done: number, all: number) => void;
  /** Called with what was cancelled and what was left. */
  readonly note: (text: string) => void;
}

/** The ids of all cards. */
export const cardIds = (): readonly string[] => CARDS.map(({ id }) => id);

const CONNECT_MS = 10_000;

/** Runs the check. Rejects with LIVE_GUARD before any order for a live port or account, BROKER_UNREACHABLE without a session. */
export async function paperCheck(options: CheckOptions): Promise<CheckOutcome> {
  const guard = { ...options.guard, live: false };
  const refusal = refuseEndpoint({ host: options.host, port: options.port, guard });
  if (refusal !== undefined) throw new LegworkError('LIVE_GUARD', refusal);
  const capture = options.capture === undefined ? undefined : new Capture(options.capture);
  try {
    return await checked(options, guard, capture ?? noRecorder);
  } finally {
    await capture?.close();
  }
}

async function checked(
  options: CheckOptions,
  guard: Parameters<typeof refuseAccounts>[0],
  recorder: Recorder,
): Promise<CheckOutcome> {
  const { host, port, signal } = options;
  const open = (clientId: number) => Link.open({ host, port, clientId, recorder, signal, timeoutMs: CONNECT_MS });
  const link = await open(options.clientId);
  try {
    const account = await accountOf(link, options.clientId, guard);
    const run = Date.now().toString(36);
    const stage = new Stage({ link, account, run, otherClientId: options.otherClientId, openOther: open });
    const startedAt = new Date(await startOf(stage)).toISOString();
    let remains: Remains = { orders: [], positions: [] };
    let cards: readonly CardResult[] = [];
    let lost = false;
    try {
      await clearEarlier(stage, options.note);
      cards = await runCards(stage, options, options.only.length === 0 ? undefined : new Set(options.only));
    } finally {
      lost = link.closed;
      remains = await finish(stage, options.fill);
    }
    return { cards, left: remains.orders, positions: remains.positions, lost, version: link.version, startedAt };
  } finally {
    link.close();
  }
}

/** The account to trade in, after the guard has checked all of them. Only the start message was sent. */
async function accountOf(link: Link, clientId: number, guard: Parameters<typeof refuseAccounts>[0]): Promise<string> {
  const isReady = () =>
    ['MANAGED_ACCTS', 'NEXT_VALID_ID'].every((wanted) => link.frames.some(({ name }) => name === wanted));
  const inUse = () => link.frames.some(({ name, values }) => name === 'ERR_MSG' && values.code === 326);
  await link.until(0, () => isReady() || inUse(), ANSWER_MS);
  if (inUse())
    throw new LegworkError(
      'BROKER_UNREACHABLE',
      `The client id ${clientId} is in use: choose another one with --client-id.`,
    );
  const told = link.frames.find(({ name }) => name === 'MANAGED_ACCTS');
  if (!told || !isReady())
    throw new LegworkError('BROKER_UNREACHABLE', 'The gateway did not send its accounts in time.');
  const managed = textOf(told.values, 'accounts')
    .split(',')
    .filter((account) => account !== '');
  const refusal = refuseAccounts(guard, managed);
  if (refusal !== undefined) throw new LegworkError('LIVE_GUARD', refusal);
  const [account] = managed;
  if (account === undefined) throw new LegworkError('LIVE_GUARD', 'The gateway manages no account.');
  return account;
}

/** The broker's time; that of this machine when the broker does not tell: a card says so. */
async function startOf(stage: Stage): Promise<number> {
  try {
    return await stage.now();
  } catch (error) {
    if (error instanceof NotTried) return Date.now();
    throw error;
  }
}

async function clearEarlier(stage: Stage, note: (text: string) => void): Promise<void> {
  const before = stage.link.mark;
  const left = await clearAway(stage).catch((error: unknown) => {
    if (!(error instanceof NotTried)) throw error;
    note(`Orders of an earlier run could not be looked for: ${error.message}`);
    return [];
  });
  const found = stage.link
    .since(before)
    .filter(({ name, values }) => name === 'OPEN_ORDER' && textOf(values, 'orderRef').startsWith('LWCHECK|'));
  if (found.length > 0)
    note(`Orders of an earlier run were found and cancelled${left.length > 0 ? `, but for ${left.length}` : ''}.`);
}
