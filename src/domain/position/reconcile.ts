/**
 * Compares the account with the ledger and names every difference. An incomplete answer proves nothing: it gives a `stale`
 * finding and no comparison, never a missing contract.
 */
import { parseOrderRef } from '../ids.js';
import type { Right } from '../option.js';
import { hasEnded } from '../order/evidence.js';
import type { IntentState } from '../order/intent-state.js';
import { type Naked, nakedInAccount, nakedInLedger } from './naked.js';

export const FINDING_KINDS = [
  /** The account holds contracts of one of our legs that the ledger has as closed or never filled. */
  'missing-here',
  /** The ledger holds contracts that the account does not. */
  'missing-there',
  /** Both hold the contract, in different quantities. */
  'quantity',
  /** More was closed than was open: contracts are held on the opposite side. */
  'reversed',
  /** Short options that no long ones of the same right cover. */
  'naked-short',
  /** The account holds something in one of our symbols that belongs to no position, such as assigned stock. */
  'foreign-position',
  /**
   * An order works on our contracts or under our reference without an unsettled intent, or two orders work under one
   * reference.
   */
  'unknown-order',
  /** The comparison could not be made, or an order of ours is no longer shown. */
  'stale',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

export interface Finding {
  readonly kind: FindingKind;
  /** One sentence with the numbers. */
  readonly text: string;
  readonly symbol?: string;
  readonly positionId?: string;
  readonly conId?: number;
}

export interface ReconcileInput {
  readonly positionsComplete: boolean;
  readonly positions: readonly AccountPosition[];
  readonly openOrdersComplete: boolean;
  readonly openOrders: readonly OpenOrder[];
  /** Every open position by the ledger; several may hold the same contract. */
  readonly executions: readonly LedgerPosition[];
  /** Underlyings to compare, closed positions included: their shares may come from an assignment. */
  readonly symbols: readonly string[];
  /** Intents that have, or may get, a live order. */
  readonly intents: readonly LiveIntent[];
}

export interface AccountPosition {
  readonly conId: number;
  readonly symbol: string;
  readonly secType: string;
  readonly right?: Right;
  readonly strike?: number;
  readonly expiry?: string;
  /** Signed. */
  readonly quantity: number;
}

export interface OpenOrder {
  readonly orderRef: string;
  /** The broker's name of it: the list may show an order that has just ended. */
  readonly status: string;
  readonly permId: number;
  readonly orderId: number;
  readonly conId: number;
  readonly legs: readonly { readonly conId: number }[];
}

export interface LedgerPosition {
  readonly positionId: string;
  readonly symbol: string;
  /** The contracts held on the opposite side, as a sentence. */
  readonly reversed?: string;
  /** Shares of the underlying, signed. */
  readonly shares?: { readonly conId: number; readonly quantity: number };
  readonly legs: readonly { readonly conId: number; readonly right: Right; readonly openQuantity: number }[];
}

export interface LiveIntent {
  readonly orderRef: string;
  readonly positionId: string;
  readonly state: IntentState;
  readonly permId: number;
  /** Sent so recently that no list of the broker need show it yet. */
  readonly isFresh: boolean;
}

interface Holder {
  readonly positionId: string;
  readonly symbol: string;
  readonly quantity: number;
}

/** Every difference; none when the account and the ledger agree. */
export function reconcile(input: ReconcileInput): readonly Finding[] {
  const holders = holdersByContract(input.executions);
  return [
    ...(input.positionsComplete
      ? comparePositions(input, holders)
      : [stale("The broker's positions could not be read completely; holdings were not compared.")]),
    ...reversedInLedger(input.executions),
    ...nakedInLedger(input.executions).map(naked),
    ...(input.positionsComplete ? nakedInAccount(input).map(naked) : []),
    ...(input.openOrdersComplete
      ? compareOrders(input, holders)
      : [stale("The broker's open orders could not be read completely; orders were not compared.")]),
  ];
}

function naked(found: Naked): Finding {
  return { kind: 'naked-short', ...found };
}

function stale(text: string): Finding {
  return { kind: 'stale', text };
}

/** Who holds each contract by the ledger: the account nets them. */
function holdersByContract(executions: readonly LedgerPosition[]): ReadonlyMap<number, readonly Holder[]> {
  const holders = new Map<number, Holder[]>();
  for (const { positionId, symbol, legs } of executions) {
    for (const { conId, openQuantity } of legs) {
      const holder = { positionId, symbol, quantity: openQuantity };
      holders.set(conId, [...(holders.get(conId) ?? []), holder]);
    }
  }
  return holders;
}

function comparePositions(input: ReconcileInput, holders: ReadonlyMap<number, readonly Holder[]>): readonly Finding[] {
  const account = new Map<number, number>();
  for (const { conId, quantity } of input.positions) account.set(conId, (account.get(conId) ?? 0) + quantity);
  const ours = [...holders].flatMap(([conId, holding]) => compareContract(conId, holding, account.get(conId) ?? 0));
  const shares = sharesByContract(input.executions);
  const missing = [...shares].flatMap(([conId, holding]) => compareShares(conId, holding, account.get(conId) ?? 0));
  const symbols = new Set(input.symbols);
  const foreign = input.positions
    .filter(({ symbol, conId }) => symbols.has(symbol) && !holders.has(conId))
    // Shares missing from ours cannot be a person's own.
    .filter(({ conId }) => !missing.some((finding) => finding.conId === conId))
    .map((held) => ({ ...held, quantity: held.quantity - sumOf(shares.get(held.conId) ?? []) }))
    .filter(({ quantity }) => quantity !== 0)
    .map((held): Finding => {
      const { conId, symbol, secType, quantity } = held;
      const hint = secType === 'STK' ? '; it may come from an assignment' : '';
      const text = `The account holds ${quantity} ${nameOf(held)} (contract ${conId}) that no position knows${hint}.`;
      return { kind: 'foreign-position', text, symbol, conId };
    });
  return [...ours, ...missing, ...foreign];
}

function sharesByContract(executions: readonly LedgerPosition[]): ReadonlyMap<number, readonly Holder[]> {
  const holders = new Map<number, Holder[]>();
  for (const { positionId, symbol, shares } of executions) {
    if (shares === undefined || shares.quantity === 0) continue;
    holders.set(shares.conId, [
      ...(holders.get(shares.conId) ?? []),
      { positionId, symbol, quantity: shares.quantity },
    ]);
  }
  return holders;
}

/** A person may hold shares beside those of positions, so only a shortfall is a difference. */
function compareShares(conId: number, holding: readonly Holder[], there: number): readonly Finding[] {
  const here = sumOf(holding);
  if (Math.sign(here) * there >= Math.abs(here)) return [];
  return compareContract(conId, holding, there);
}

function sumOf(holding: readonly Holder[]): number {
  return holding.reduce((sum, { quantity }) => sum + quantity, 0);
}

function nameOf({ symbol, secType, expiry, strike, right }: AccountPosition): string {
  return right === undefined ? `${symbol} ${secType}` : `${symbol} ${expiry} ${strike} ${right}`;
}

const MISSING_HINT =
  'It is taken into the ledger once enough lists of the account lack it; `legwork settle ID --leg N --price P` does so now, at the price that you know.';

function compareContract(conId: number, holding: readonly Holder[], there: number): readonly Finding[] {
  const here = sumOf(holding);
  if (here === there) return [];
  const kind: FindingKind = here === 0 ? 'missing-here' : there === 0 ? 'missing-there' : 'quantity';
  const ids = holding.map((one) => one.positionId).join(', ');
  const next = there === 0 && here !== 0 ? ` ${MISSING_HINT}` : '';
  const text = `Contract ${conId}: the ledger holds ${here}, the account ${there} (${ids}).${next}`;
  const [first] = holding;
  return [
    {
      kind,
      text,
      conId,
      ...(first !== undefined && { symbol: first.symbol }),
      ...(holding.length === 1 && first !== undefined && { positionId: first.positionId }),
    },
  ];
}

/** The account agrees with the ledger, but nobody decided to hold this. */
function reversedInLedger(executions: readonly LedgerPosition[]): readonly Finding[] {
  return executions.flatMap(({ positionId, symbol, reversed }): readonly Finding[] =>
    reversed === undefined
      ? []
      : [{ kind: 'reversed', text: `Position ${positionId}: ${reversed}`, symbol, positionId }],
  );
}

function compareOrders(input: ReconcileInput, holders: ReadonlyMap<number, readonly Holder[]>): readonly Finding[] {
  const known = new Set(input.intents.map((intent) => intent.orderRef));
  const working = input.openOrders.filter(({ status }) => !hasEnded(status));
  const unknown = working
    .filter((order) => !known.has(order.orderRef))
    .flatMap((order) => unknownOrder(order, holders));
  const gone = input.intents
    .filter(({ state, isFresh }) => state === 'WORKING' && !isFresh)
    .flatMap((intent) => notAtWork(intent, input.openOrders));
  return [...unknown, ...doubled(input.intents, working), ...gone];
}

/** An order that works here and does not at the broker: it is not listed, or as Inactive only. */
function notAtWork({ orderRef, positionId, permId }: LiveIntent, listed: readonly OpenOrder[]): readonly Finding[] {
  const own = listed.filter((order) => order.orderRef === orderRef || (permId > 0 && order.permId === permId));
  if (own.some(({ status }) => status !== 'Inactive')) return [];
  const what = own.length === 0 ? 'no longer shows it as open' : 'lists it as Inactive';
  return [{ kind: 'stale', text: `Order ${orderRef} is working here, and the broker ${what}.`, positionId }];
}

/** Two orders under one reference: an intent has at most one. */
function doubled(intents: readonly LiveIntent[], working: readonly OpenOrder[]): readonly Finding[] {
  return intents.flatMap(({ orderRef, positionId }): Finding[] => {
    const ids = new Set(working.filter((order) => order.orderRef === orderRef).map((order) => order.permId));
    if (ids.size < 2) return [];
    const text = `${ids.size} orders work at the broker under ${orderRef}: permIds ${[...ids].join(', ')}.`;
    return [{ kind: 'unknown-order', text, positionId }];
  });
}

function unknownOrder(order: OpenOrder, holders: ReadonlyMap<number, readonly Holder[]>): readonly Finding[] {
  const contracts = [order.conId, ...order.legs.map((leg) => leg.conId)];
  const holder = contracts.flatMap((conId) => holders.get(conId) ?? [])[0];
  const positionId = parseOrderRef(order.orderRef)?.positionId ?? holder?.positionId;
  if (positionId === undefined) return [];
  const name = order.orderRef === '' ? `An order without a name` : `Order ${order.orderRef}`;
  const text = `${name} (permId ${order.permId}) works at the broker without an intent; it concerns ${positionId}.`;
  return [{ kind: 'unknown-order', text, positionId, ...(holder !== undefined && { symbol: holder.symbol }) }];
}
