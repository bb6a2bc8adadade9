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
  const earned = broker.cash - cash;
  if (Math.abs(results - earned) < CENT) return [];
  const text = `the positions earned ${results.toFixed(2)}, the account ${earned.toFixed(2)}`;
  return [{ invariant: 'money agrees', text }];
}
