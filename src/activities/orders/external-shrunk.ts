/** Contracts of which the account holds fewer than the ledger, without an execution. */
import type { BrokerPosition } from '../../broker/api.js';
import { formatMoney, type Micros } from '../../domain/money.js';
import { rightSign } from '../../domain/option.js';
import { shrunkOf } from '../../domain/position/shrunk.js';
import { midOf } from '../../domain/strategy/build.js';
import {
  alertExternalChange,
  type ExternalChangeParts,
  type Held,
  importFill,
  NO_ORDER,
  nameOf,
} from './external-change.js';

const QUOTE_WAIT_MS = 3_000;
/** Broker time after our last fill in a contract within which the account may not show all of it yet. */
const SHOWN_MS = 60_000;

/**
 * Some of the contracts left the account without an execution. Where the shares of an assignment or an exercise are there, they left at zero and
 * the result is in the shares; else the price is not known, and they are taken at the present mid, unless we have just traded them.
 */
export async function importShrunk(
  parts: ExternalChangeParts,
  held: Held,
  account: number,
  positions: readonly BrokerPosition[],
): Promise<readonly string[]> {
  const { contract, holders } = held;
  const shrunk = shrunkOf(account, holders);
  if (shrunk.length === 0) return [];
  const lost = shrunk.reduce((sum, { from, to }) => sum + Math.abs(from - to), 0);
  const delivered = contract.style === 'american' && sharesOf(held, positions) >= lost * contract.multiplier;
  if (!delivered && (await wasJustTraded(parts, held))) return [];
  const price = delivered ? 0 : await midNow(parts, contract.conId);
  if (price === undefined) return [];
  const told: string[] = [];
  for (const { positionId, from, to } of shrunk) {
    const execId = `shrunk-${contract.conId}-${positionId}-${from}to${to}`;
    await importFill(parts, positionId, {
      ...{ ...NO_ORDER, execId, account: positions[0]?.account ?? '', conId: contract.conId },
      ...{ side: from > 0 ? 'SELL' : 'BUY', quantity: Math.abs(from - to), price, at: parts.deps.broker.clock.now() },
    });
    const gone = `${Math.abs(from - to)} of ${Math.abs(from)} ${nameOf(contract)}`;
    const text = delivered
      ? `${gone} ${from > 0 ? 'were exercised' : 'were assigned'}; taken at 0.00, the result is in the shares that the account holds.`
      : `${gone} are gone without an execution; taken at the present mid ${formatMoney(price)}, estimated.`;
    told.push(text);
    await alertExternalChange(parts, held, positionId, text, delivered);
  }
  return told;
}

async function wasJustTraded(
  { deps: { broker, store } }: ExternalChangeParts,
  { contract, holders }: Held,
): Promise<boolean> {
  const fills = await Promise.all(holders.map(({ positionId }) => store.fills.ofPosition(positionId)));
  const since = broker.clock.now() - SHOWN_MS;
  return fills.flat().some(({ conId, at }) => conId === contract.conId && at > since);
}

/** Shares of the underlying in the account, counted on the side on which an assignment or exercise of the contract would leave them. */
function sharesOf({ contract, holders }: Held, positions: readonly BrokerPosition[]): number {
  const shares = positions.find((row) => row.secType === 'STK' && row.symbol === contract.symbol)?.quantity ?? 0;
  // An assigned call takes shares from the account, an assigned put brings them; exercised, the other way round.
  return shares * rightSign(contract.right) * Math.sign(holders[0]?.quantity ?? 0);
}

async function midNow({ deps: { broker } }: ExternalChangeParts, conId: number): Promise<Micros | undefined> {
  const quotes = await broker.quotes.snapshot([{ conId, secType: 'OPT', exchange: 'SMART' }], QUOTE_WAIT_MS);
  const quote = quotes.get(conId);
  return quote?.kind === 'live' && quote.ask !== undefined ? midOf(quote) : undefined;
}
