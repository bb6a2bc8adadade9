/**
 * The scripted part of a scenario: positions at the start, and events of account and orders at their times.
 */
import type { GatewayContract, GatewayPosition } from '../model.js';
import type { ContractFilter, ExchangeScriptEvent } from './config.js';
import type { DeskParts } from './desk-parts.js';
import type { ExchangeFaults } from './faults.js';
import { nextMorning, type Settlement } from './settlement.js';

/** Turns a scenario's moment into epoch ms. */
export type MomentReader = (moment: string | number) => number;

/** Books the initial positions. Throws RangeError for a filter that names no contract or several. */
export function bookStart(parts: DeskParts, settlement: Settlement): void {
  const { market, ledger, clock, config } = parts;
  for (const { contract: filter, quantity, price } of config.positions) {
    const secType = filter.secType ?? (filter.strike === undefined ? 'STK' : 'OPT');
    const { symbol, expiry, strike, right } = filter;
    const query: Partial<GatewayContract> = {
      symbol,
      secType,
      ...(expiry === undefined ? {} : { expiry }),
      ...(strike === undefined ? {} : { strike }),
      ...(right === undefined ? {} : { right }),
    };
    const [contract, second] = market.find(query, clock.now());
    if (!contract || second) throw new RangeError(`position ${JSON.stringify(filter)} names no contract or several`);
    ledger.book({ contract, quantity, price, commission: 0 });
    settlement.watch(contract);
  }
}

/**
 * Schedules the remaining scripted events; an earlier run has seen those up to `since`. Each is announced when it is due, and once more
 * with the reason when it finds nothing to act on: a scenario that does not do what it says must not pass for one that does.
 */
export function scheduleScript(
  parts: DeskParts,
  faults: ExchangeFaults,
  moment: MomentReader,
  since: number | undefined,
): void {
  const { clock, announcer } = parts;
  const start = clock.now();
  for (const [index, event] of parts.config.events.entries()) {
    const at = event.kind === 'assign' ? nextMorning(moment(event.at)) : moment(event.at);
    if (since !== undefined && at <= since) continue;
    const isPast = since === undefined && at < start;
    clock.schedule(isPast ? start : at, `0 script ${String(index).padStart(4, '0')}`, () => {
      announcer.broadcast({ kind: 'script', event });
      const missed = isPast ? 'its moment is before the start of the scenario' : run(parts, faults, event);
      if (missed !== undefined) announcer.broadcast({ kind: 'script', event, missed });
    });
  }
}

/** Does what the event says; returns why nothing could be done. */
function run(parts: DeskParts, faults: ExchangeFaults, event: ExchangeScriptEvent): string | undefined {
  switch (event.kind) {
    case 'assign': {
      const [deepest] = matching(parts, event.contract)
        .filter(({ quantity, contract }) => quantity < 0 && contract.secType === 'OPT')
        .sort((left, right) => inner(parts, right.contract) - inner(parts, left.contract));
      if (deepest === undefined) return 'the account holds no short option that matches';
      return faults.assign(deepest.contract.conId, event.quantity) ? undefined : 'an index option is not assigned';
    }
    case 'manualClose':
      return each(matching(parts, event.contract), ({ contract, quantity }) => {
        const size = Math.min(Math.abs(quantity), event.quantity ?? Math.abs(quantity));
        return faults.manualTrade(contract.conId, -Math.sign(quantity) * size);
      });
    case 'liquidate':
      return each(matching(parts, event.contract), ({ contract }) => faults.liquidate(contract.conId, event.quantity));
    case 'reject':
      faults.rejectNext(event.count, event.code, event.text);
      return undefined;
    case 'mute':
      faults.mute(event.orderRefPrefix);
      return undefined;
    case 'margin':
      faults.marginFactor(event.factor);
  }
  return undefined;
}

/** Trades each position; returns which could not be traded, or that there is none. */
function each(
  positions: readonly GatewayPosition[],
  trade: (position: GatewayPosition) => boolean,
): string | undefined {
  if (positions.length === 0) return 'the account holds nothing that matches';
  const left = positions.filter((position) => !trade(position)).map(({ contract }) => contract.localSymbol);
  return left.length === 0 ? undefined : `no price for ${left.join(', ')}`;
}

function matching({ ledger }: DeskParts, filter: ContractFilter): readonly GatewayPosition[] {
  return ledger
    .positions()
    .filter(
      ({ contract }) =>
        contract.symbol === filter.symbol &&
        (filter.secType === undefined || contract.secType === filter.secType) &&
        (filter.expiry === undefined || contract.expiry === filter.expiry) &&
        (filter.strike === undefined || contract.strike === filter.strike) &&
        (filter.right === undefined || contract.right === filter.right),
    );
}

/** Dollars by which an option is in the money; below zero when it is out of it. */
function inner({ view }: DeskParts, { underlyingConId, strike, right }: GatewayContract): number {
  const difference = (underlyingConId === undefined ? 0 : view.mark(underlyingConId)) - (strike ?? 0);
  return right === 'C' ? difference : -difference;
}
