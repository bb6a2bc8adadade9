/**
 * Typed reading of decoded records.
 */
import type { Values } from './field.js';

export function textOf(values: Values, name: string): string {
  const value = values[name];
  return typeof value === 'string' ? value : '';
}

export function numberOf(values: Values, name: string): number | undefined {
  const value = values[name];
  return typeof value === 'number' ? value : undefined;
}

/** A required number of a request; absent counts as 0, as the gateway reads it. */
export function numberOr(values: Values, name: string, fallback = 0): number {
  return numberOf(values, name) ?? fallback;
}

export function flagOf(values: Values, name: string): boolean {
  return values[name] === true;
}

export function rowsOf(values: Values, name: string): readonly Values[] {
  const value = values[name];
  return Array.isArray(value) ? (value as readonly Values[]) : [];
}
