/** The net of an order's legs at one settled instant, in the broker's sense: what we pay per share. */
import { defined } from '../../domain/defined.js';
import type { Micros } from '../../domain/money.js';
import { canBeNet, REQUOTED_MS } from '../../domain/order/net-bounds.js';
import { contractName, isStock, type OrderLeg, type OrderPurpose } from '../../domain/order/order.js';
import { netOf } from '../../domain/order/walk.js';
import type { BrokerDeps } from '../context/deps.js';

type Deps = Pick<BrokerDeps, 'broker' | 'stepped'>;

const QUOTE_WAIT_MS = 3_000;
/** A read right after one in which a leg showed nothing need not wait as long again. */
const NEXT_WAIT_MS = 500;

export interface Net {
  readonly mid: Micros;
  readonly natural: Micros;
  /** False when no real market has this net: some legs were quoted before a move and some after it. */
  readonly possible: boolean;
}

/** A net, or why there is none. */
export type Priced = { readonly net: Net } | { readonly net?: never; readonly why: string };

const NO_PRICE: Priced = { why: 'a leg shows no live price' };

/** Wall time between two reads of the legs, and how many reads may pass until they settle. */
const SETTLE_MS = 100;
const SETTLE_READS = 8;
/** Two reads agree when the net moved by less. */
const STEADY = { micros: 30_000, share: 0.02 };
/** Wall time after which a leg to be sold that shows neither side counts as having no bid. */
const SILENCE_MS = 10_000;

/**
 * No net when the market shows no price for a leg, or only a delayed or frozen one, or no bid for what an opening sells. Quotes change one leg at a time: right after a
 * move some are old and some new, and their net is no real price. So the legs are read until two reads agree and their net can be a
 * price, for as long as a market may take to requote them. If that never comes, the last read serves, since nothing may keep an exit
 * from leaving; the checks of its limit still apply. A stepped clock shows one instant at a time. `heard`: the first pricing of the
 * order already waited for legs that show nothing.
 */
export async function readNet(
  deps: Deps,
  legs: readonly OrderLeg[],
  purpose: OrderPurpose,
  heard = false,
): Promise<Priced> {
  const first = heard ? await readOnce(deps, legs, purpose, QUOTE_WAIT_MS) : await readHeard(deps, legs, purpose);
  let last = first.priced;
  if (deps.stepped() || legs.length === 1) return last;
  const requoted = deps.broker.clock.now() + REQUOTED_MS;
  let mixed = false;
  for (let read = 1; ; read++) {
    mixed ||= last.net?.possible === false;
    if (read >= SETTLE_READS && !(mixed && deps.broker.clock.now() < requoted)) return last;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const { priced: next } = await readOnce(deps, legs, purpose, first.silent ? NEXT_WAIT_MS : QUOTE_WAIT_MS);
    if (last.net !== undefined && next.net?.possible && agree(last.net, next.net)) return next;
    last = next;
  }
}

function agree(a: Net, b: Net): boolean {
  const slack = Math.max(STEADY.micros, Math.abs(b.mid) * STEADY.share);
  return Math.abs(a.mid - b.mid) <= slack && Math.abs(a.natural - b.natural) <= 2 * slack;
}

/** Waits for legs that show nothing: their line may have just opened, or be changing from delayed to live. */
async function readHeard(deps: Deps, legs: readonly OrderLeg[], purpose: OrderPurpose): Promise<Reading> {
  const deadline = performance.now() + SILENCE_MS;
  for (let wait = QUOTE_WAIT_MS; ; wait = NEXT_WAIT_MS) {
    const reading = await readOnce(deps, legs, purpose, wait);
    if (!reading.silent || deps.stepped() || performance.now() > deadline) return reading;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  }
}

interface Reading {
  readonly priced: Priced;
  /** A leg to be sold shows neither side. */
  readonly silent: boolean;
}

async function readOnce(
  deps: Deps,
  legs: readonly OrderLeg[],
  purpose: OrderPurpose,
  waitMs: number,
): Promise<Reading> {
  const contracts = legs.map(({ contract }) => {
    return {
      conId: contract.conId,
      symbol: contract.symbol,
      secType: isStock(contract) ? ('STK' as const) : ('OPT' as const),
      exchange: 'SMART',
    };
  });
  const quotes = await deps.broker.quotes.snapshot(contracts, waitMs);
  // A price that is not current is no price; it never proves that there is no bid.
  if ([...quotes.values()].some(({ kind }) => kind !== 'live')) return { silent: false, priced: NO_PRICE };
  const sides = legs.map(({ action, ratio, contract }) => {
    const { bid, ask } = quotes.get(contract.conId) ?? {};
    return { contract, action, ratio, ...defined({ bid, ask }) };
  });
  const sold = sides.filter(({ action }) => action === 'SELL');
  // A leg that an opening sells must have both sides; a leg that it buys needs an offer anyway. Nothing may keep an exit from
  // leaving.
  const lacking = sold.find(({ bid, ask }) => bid === undefined || ask === undefined);
  if (purpose === 'OPEN' && lacking !== undefined) {
    const unbid = lacking.bid === undefined && lacking.ask !== undefined;
    const priced = unbid ? { why: `nobody bids for ${contractName(lacking.contract)}, which it sells` } : NO_PRICE;
    return { silent: false, priced };
  }
  const silent = sold.some(({ bid, ask }) => bid === undefined && ask === undefined);
  // A leg whose data the broker refuses for now may still have a bid.
  const refused = legs.some(({ contract: { conId } }) => {
    const { bid, ask } = quotes.get(conId) ?? {};
    return bid === undefined && ask === undefined && deps.broker.quotes.trouble(conId) !== undefined;
  });
  if (refused) return { silent: false, priced: NO_PRICE };
  // Beside others it is a wing without demand; alone it is an order without a price.
  if (silent && legs.length === 1) return { silent, priced: NO_PRICE };
  const net = netOf(sides);
  return { silent, priced: net ? { net: { ...net, possible: canBeNet(legs, net) } } : NO_PRICE };
}
