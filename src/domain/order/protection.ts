/** The protective orders of a position: the settings, with the entry's own values over them. */
import type { OrderRole } from '../ids.js';
import type { ProtectionChoice, ProtectiveKind } from '../strategy/protection-choice.js';
import type { OrderSettings, UNDERLYING_LEVELS } from './settings.js';

export type UnderlyingLevel = (typeof UNDERLYING_LEVELS)[number];

export interface Protection {
  readonly kind: ProtectiveKind;
  readonly loss: number;
  readonly room: number;
  readonly at: UnderlyingLevel;
  /** Absent: no target. */
  readonly target?: number;
  readonly bracket: boolean;
}

/** Default loss at which a protective order triggers, as a share of the credit. */
const LOSS = 1.5;

export interface ProtectionSettings {
  readonly orders: OrderSettings;
  /** Loss at which the stop-loss rule closes a credit, as a share of the credit. */
  readonly rules: { readonly stopLoss: { readonly enabled: boolean; readonly credit: number } };
}

export function protectionOf({ orders, rules }: ProtectionSettings, choice: ProtectionChoice = {}): Protection {
  const { protective, target, bracket } = orders;
  // A stop inside the rule's loss would always trigger first, without the rule's confirmation.
  const least = rules.stopLoss.enabled ? rules.stopLoss.credit : 0;
  const profit = choice.target ?? (target.enabled ? target.profit : 0);
  return {
    ...protective,
    loss: protective.loss ?? Math.max(LOSS, least),
    kind: choice.protective ?? protective.kind,
    bracket: choice.bracket ?? bracket,
    ...(profit > 0 && { target: profit }),
  };
}

/** Whether the position should have any protective order. */
export function hasProtection({ kind, target }: Protection): boolean {
  return kind !== 'off' || target !== undefined;
}

/** What people call the orders that rest beside the position. */
export const PROTECTIVE_NAMES = { stop: 'protective order', target: 'profit target' } as const;

/** Orders that rest beside the position and are not walked. */
export function isProtective(role: OrderRole): role is keyof typeof PROTECTIVE_NAMES {
  return role === 'stop' || role === 'target';
}
