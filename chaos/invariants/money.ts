/** What positions earned is what the account's cash moved by, and what expired has its money. */
import { MICROS_PER_DOLLAR } from 'legwork';
import type { Evidence } from '../evidence.js';
import type { Violation } from './frames.js';

/** Sums of cents in doubles. */
const CENT = 0.005;

/** Every position that expired is closed with its money. */
export function expiredHasMoney({ executions, expired }: Evidence): readonly Violation[] {
  return executions
    .filter(({ positionId }) => expired.includes(positionId))
    .filter(({ status, realizedPnl }) => status !== 'CLOSED' || realizedPnl === undefined)
    .map(({ positionId, status }) => ({
      invariant: 'what expired has its money',
      text: `${positionId} is ${status} ${status === 'CLOSED' ? 'without its result' : 'after its expiry'}`,
    }));
}

/** With nothing held and nothing estimated the results of all positions are the account's, to the cent. */
export function moneyAgrees({ broker, executions, estimated, cash }: Evidence): readonly Violation[] {
  if (estimated.size > 0 || broker.holdings.some(({ quantity }) => quantity !== 0)) return [];
  const results = executions.reduce((sum, { realizedPnl = 0 }) => sum + realizedPnl, 0) / MICROS_PER_DOLLAR;
  const earned = broker.cash - cash + correctedBy(broker.executions);
  if (Math.abs(results - earned) < CENT) return [];
  const text = `the positions earned ${results.toFixed(2)}, the account ${earned.toFixed(2)}`;
  return [{ invariant: 'money agrees', text }];
}

/** Dollars by which corrected prices differ from the first ones: the gateway reports a correction, and its cash stays as it was. */
function correctedBy(executions: Evidence['broker']['executions']): number {
  const priceOf = new Map(executions.map(({ execId, price }) => [execId, price]));
  const numberOf = (execId: string) => Number(execId.slice(execId.lastIndexOf('.') + 1));
  return executions.reduce((sum, { execId, contract, side, shares, price }) => {
    const before = `${execId.slice(0, execId.lastIndexOf('.'))}.${String(numberOf(execId) - 1).padStart(2, '0')}`;
    const first = priceOf.get(before);
    if (first === undefined) return sum;
    return sum + (side === 'SLD' ? 1 : -1) * (price - first) * shares * (contract.multiplier ?? 1);
  }, 0);
}
