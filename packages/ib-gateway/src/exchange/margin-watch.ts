/**
 * Margin control by the broker: an account whose equity no longer covers its margin is liquidated without a call.
 *
 * A real broker chooses freely which positions it closes first. Here it is the one whose closing frees the most, then the next, until
 * the account is covered again. Every execution is marked as a liquidation.
 */
import type { GatewayPosition } from '../model.js';
import type { DeskParts } from './desk-parts.js';
import type { ExchangeFaults } from './faults.js';

const MINUTE_MS = 60_000;

/** Checks the margin at this interval in market minutes; 0 switches it off. */
export function watchMargin(parts: DeskParts, faults: ExchangeFaults): void {
  const { clock, config } = parts;
  const interval = config.margin.liquidateEveryMinutes * MINUTE_MS;
  if (interval === 0) return;
  const next = (): void => {
    clock.schedule((Math.floor(clock.now() / interval) + 1) * interval, 'margin', () => {
      liquidate(parts, faults);
      next();
    });
  };
  next();
}

function liquidate(parts: DeskParts, faults: ExchangeFaults): void {
  const { ledger, market, clock } = parts;
  const closable = (): readonly GatewayPosition[] =>
    ledger.positions().filter(({ contract }) => market.isOpen(contract.conId, clock.now()));
  for (let left = closable(); left.length > 0 && excess(parts) < 0; left = closable()) {
    const [worst] = [...left].sort((one, other) => excess(parts, other) - excess(parts, one));
    if (!worst || !faults.liquidate(worst.contract.conId)) return;
  }
}

/** Equity less maintenance margin, dollars; given a position, as if it had been closed at its mark. */
function excess({ view, ledger }: DeskParts, without?: GatewayPosition): number {
  const positions = ledger.positions().filter(({ contract }) => contract.conId !== without?.contract.conId);
  const closed = without?.contract.secType === 'OPT' ? view.marketValue(without) : 0;
  return view.equityWithLoan() + closed - view.margin(positions).maintenance;
}
