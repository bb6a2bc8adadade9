/** Identifiers: the parts of each, and the only place where they are made. */
import { InvalidInput } from './errors.js';

/** Role of an order within a step of a position: the whole combination, one leg, a stop, a target, an unwinding leg, or shares. */
export type OrderRole = 'combo' | 'stop' | 'target' | 'shares' | `leg${number}` | `unwind${number}`;

/** `leg2` and `unwind2` are orders for the second leg alone; undefined for a role of the whole combination. */
export function legOfRole(role: OrderRole): number | undefined {
  const match = /^(?:leg|unwind)(\d+)$/.exec(role);
  return match ? Number(match[1]) : undefined;
}

const POSITION_ID = /^[a-z0-9][a-z0-9-]{2,40}$/;

/** Accepts `spy-ic-20260302-a1b2c3` and the like; throws InvalidInput for anything else. */
export function parsePositionId(text: string): string {
  if (!POSITION_ID.test(text)) {
    throw new InvalidInput('position id', text, 'lower-case letters, digits and dashes, 3 to 41 of them');
  }
  return text;
}

/**
 * The position id of an entry: readable, and a function of the entry's own id, so that a retried step makes the same one.
 * `entryId` is the last part of the entry workflow's id; `marketDate` is YYYYMMDD of the broker's clock.
 */
export function positionIdOf(symbol: string, strategyCode: string, marketDate: string, entryId: string): string {
  const tail = entryId
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(-6);
  const root = symbol.toLowerCase().replace(/[^a-z0-9]/g, '-');
  return parsePositionId(`${root}-${strategyCode}-${marketDate}-${tail}`);
}

export interface OrderRefParts {
  readonly positionId: string;
  readonly step: number;
  readonly role: OrderRole;
  /** Counted by the workflow, from 1. */
  readonly attempt: number;
}

/** The broker's orderRef of an intent: `LW|<position>|<step>|<role>|<attempt>`; a function of the intent, never random. */
export function orderRefOf(parts: OrderRefParts): string {
  return `${orderRefPrefix(parts)}${parts.attempt}`;
}

/** The prefix that all attempts of one intent share; evidence is searched by it. */
export function orderRefPrefix(parts: Omit<OrderRefParts, 'attempt'>): string {
  return `LW|${parts.positionId}|${parts.step}|${parts.role}|`;
}

/** The parts of an orderRef; undefined when the order is not one of Legwork's. */
export function parseOrderRef(orderRef: string): OrderRefParts | undefined {
  const match = /^LW\|([a-z0-9-]+)\|(\d+)\|(combo|stop|target|shares|leg\d+|unwind\d+)\|(\d+)$/.exec(orderRef);
  if (!match) return undefined;
  const [, positionId = '', step, role, attempt] = match;
  return { positionId, step: Number(step), role: role as OrderRole, attempt: Number(attempt) };
}

/** The ledger's name for an execution that was no order of ours: step 0 comes before every step of the position. */
export function externalRefOf(positionId: string): string {
  return `LW|${positionId}|0|external|1`;
}

export function isExternalRef(orderRef: string): boolean {
  return externalPositionOf(orderRef) !== undefined;
}

/** The position that such a name belongs to; undefined for every other name. */
export function externalPositionOf(orderRef: string): string | undefined {
  return /^LW\|([^|]+)\|0\|external\|1$/.exec(orderRef)?.[1];
}
