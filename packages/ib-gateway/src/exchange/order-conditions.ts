/** The conditions of a working order: their effect, and whether they hold now. */
import { conditionsHold, conditionsOf } from './conditions.js';
import type { DeskParts } from './desk-parts.js';
import type { OrderRecord } from './order-record.js';

/** Whether conditions start the order; by its own flag they end it instead. */
export function waitsForConditions({ request }: OrderRecord): boolean {
  return request.extra.conditionsCancelOrder !== true && conditionsOf(request).length > 0;
}

export function cancelsOnConditions({ request }: OrderRecord): boolean {
  return request.extra.conditionsCancelOrder === true && conditionsOf(request).length > 0;
}

export function conditionsMet({ market, clock, log, view }: DeskParts, record: OrderRecord): boolean {
  return conditionsHold(conditionsOf(record.request), {
    market,
    at: clock.now(),
    executions: log.list({ since: record.placedAt }, clock.now()),
    cushionPercent: view.cushionPercent(),
    sightings: record.sightings,
  });
}
