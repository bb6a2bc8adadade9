/**
 * The order engine as five functions. Each of their orders is worked by the durable run of its position. With `dryRun` the order
 * goes through every check, the answer says what would be sent, and nothing is written at the broker.
 */
import type { CancelResult, DryRun, EntryResult, ExitOutcome } from '../contract/requests.js';
import { InvalidInput } from '../domain/errors.js';
import type { EntryOptions, ExitOptions, LegworkClient, PendingRequest } from './client.js';

type Opening = Omit<EntryOptions, 'dryRun'> & { readonly dryRun?: boolean };
type Exit = Partial<Omit<ExitOptions, 'positionId' | 'action'>>;

/**
 * place_order: opens a position by one order. A dry run is in `dryRun` of the result.
 *
 * @example
 * ```ts
 * const request = { symbol: 'SPY', strategyType: 'iron_condor', quantity: 1, pricing: { kind: 'walk' } } as const;
 * const asked = await placeOrder(client, { ...request, set: {}, ignoreSignal: true, dryRun: true });
 * const answer = await asked.wait({ timeoutMs: 60_000 });
 * ```
 */
export function placeOrder(client: LegworkClient, ask: Opening): Promise<PendingRequest<EntryResult>> {
  return client.enter({ ...ask, dryRun: ask.dryRun ?? false });
}

/**
 * place_bracket_order: the same with a protective order, a target or both as children. Throws InvalidInput without either.
 *
 * @example
 * ```ts
 * const request = { symbol: 'SPY', strategyType: 'iron_condor', quantity: 1, pricing: { kind: 'walk' } } as const;
 * const protection = { protective: 'stop_limit', target: 0.5 } as const;
 * const asked = await placeBracketOrder(client, { ...request, protection, set: {}, ignoreSignal: true, dryRun: true });
 * const answer = await asked.wait({ timeoutMs: 60_000 });
 * ```
 */
export function placeBracketOrder(client: LegworkClient, ask: Opening): Promise<PendingRequest<EntryResult>> {
  const { protective = 'off', target = 0 } = ask.protection ?? {};
  if (protective === 'off' && target === 0) {
    throw new InvalidInput('protection', 'none', 'a protective order, a target or both, as children of the bracket');
  }
  return placeOrder(client, { ...ask, protection: { ...ask.protection, bracket: true } });
}

/**
 * cancel_order: cancels an opening or protective order by its reference.
 *
 * @example
 * ```ts
 * const [order] = await (await client.store()).intents.list({ positionId });
 * const asked = await cancelOrder(client, order.orderRef, { dryRun: true });
 * const answer = await asked.wait({ timeoutMs: 60_000 });
 * ```
 */
export function cancelOrder(
  client: LegworkClient,
  orderRef: string,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<PendingRequest<CancelResult>> {
  return client.cancelOrder(orderRef, dryRun);
}

/**
 * close_position: closes all of it, or with `ratio` a share.
 *
 * @example
 * ```ts
 * const asked = await closePosition(client, positionId, { dryRun: true });
 * const answer = await asked.wait({ timeoutMs: 60_000 });
 * ```
 */
export function closePosition(
  client: LegworkClient,
  positionId: string,
  how?: Exit & { readonly dryRun?: false },
): Promise<PendingRequest<ExitOutcome>>;
export function closePosition(
  client: LegworkClient,
  positionId: string,
  how: Exit & { readonly dryRun: true },
): Promise<PendingRequest<DryRun>>;
export function closePosition(
  client: LegworkClient,
  positionId: string,
  { dryRun = false, ...how }: Exit & { readonly dryRun?: boolean } = {},
): Promise<PendingRequest<ExitOutcome> | PendingRequest<DryRun>> {
  const ask: ExitOptions = { ...how, positionId, action: how.ratio === undefined ? 'CLOSE' : 'REDUCE' };
  return dryRun ? client.previewExit(ask) : client.exit(ask);
}

/**
 * roll_position: closes it and opens the same strategy `dte` days from expiry.
 *
 * @example
 * ```ts
 * const asked = await rollPosition(client, positionId, { dte: 60, dryRun: true });
 * const answer = await asked.wait({ timeoutMs: 60_000 });
 * ```
 */
export function rollPosition(
  client: LegworkClient,
  positionId: string,
  how?: Exit & { readonly dryRun?: false },
): Promise<PendingRequest<ExitOutcome>>;
export function rollPosition(
  client: LegworkClient,
  positionId: string,
  how: Exit & { readonly dryRun: true },
): Promise<PendingRequest<DryRun>>;
export function rollPosition(
  client: LegworkClient,
  positionId: string,
  { dryRun = false, ...how }: Exit & { readonly dryRun?: boolean } = {},
): Promise<PendingRequest<ExitOutcome> | PendingRequest<DryRun>> {
  const ask: ExitOptions = { ...how, positionId, action: 'ROLL' };
  return dryRun ? client.previewExit(ask) : client.exit(ask);
}
