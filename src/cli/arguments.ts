/** Reads what a person typed. Each function throws InvalidInput before anything is started. */

import { parseDay } from 'market-time';
import { errorOf } from '../config/issues.js';
import { merge, shapeOf, type Tree, treeOf } from '../config/tree.js';
import type { Pricing } from '../contract/requests.js';
import { InvalidInput } from '../domain/errors.js';
import { nearest } from '../domain/nearest.js';
import { parsePrice } from '../domain/order/written-price.js';
import type { Urgency } from '../domain/rules/decision.js';
import type { LegTerms } from '../domain/strategy/build.js';
import { strategySettingsSchema } from '../domain/strategy/settings.js';

export { parseSymbol } from '../domain/symbol.js';

export function parseQuantity(text: string): number {
  const quantity = /^\d{1,6}$/.test(text.trim()) ? Number(text) : 0;
  if (quantity < 1) throw new InvalidInput('quantity', text, 'a whole number of combos, 1 or more');
  return quantity;
}

/** A day in New York as YYYYMMDD. */
export function parseDate(name: string, text: string): string {
  const compact = /^\d{4}-\d{2}-\d{2}$/.test(text) ? text.replaceAll('-', '') : text;
  if (parseDay(compact) === undefined) throw new InvalidInput(name, text, 'a day such as 2026-03-02');
  return compact;
}

export function parseRatio(text: string): number {
  const ratio = /^\d*\.?\d+$/.test(text.trim()) ? Number(text) : 0;
  if (!(ratio > 0 && ratio < 1)) throw new InvalidInput('ratio', text, 'a number above 0 and below 1, such as 0.5');
  return ratio;
}

export function parseDte(text: string): number {
  const dte = /^\d{1,4}$/.test(text.trim()) ? Number(text) : 0;
  if (dte < 1 || dte > 1000) throw new InvalidInput('dte', text, 'a whole number of days from 1 to 1000');
  return dte;
}

/** A whole number between bounds, named like the option. */
export function parseWhole(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,10}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw new InvalidInput(name, text, `a whole number from ${min} to ${max}`);
  return value;
}

export function parsePositive(name: string, text: string): number {
  const value = /^\d*\.?\d+$/.test(text.trim()) ? Number(text) : 0;
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidInput(name, text, 'a number above 0');
  return value;
}

/** A share from 0 to `max`. */
export function parseShare(name: string, text: string, max: number): number {
  const value = /^\d*\.?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= 0 && value <= max)) throw new InvalidInput(name, text, `a number from 0 to ${max}, such as 0.5`);
  return value;
}

/** `--limit-price` and `--market` set the price of the order; without either it is walked from mid toward natural. */
export function parsePricing(options: { readonly limitPrice?: string; readonly market?: boolean }): Pricing {
  const { limitPrice, market } = options;
  if (limitPrice === undefined) return market ? { kind: 'market' } : { kind: 'walk' };
  if (market) throw new InvalidInput('--limit-price and --market', 'both', 'one of them');
  return { kind: 'limit', ...parsePrice(limitPrice) };
}

/** One of a few words; absent stays absent. */
export function oneOf<T extends string>(name: string, text: string | undefined, words: readonly T[]): T | undefined {
  if (text === undefined) return undefined;
  const found = words.find((word) => word === text.trim().toLowerCase());
  if (found === undefined) throw new InvalidInput(name, text, `one of ${words.join(', ')}`);
  return found;
}

const URGENCIES: readonly Urgency[] = ['IMMEDIATE', 'HIGH', 'NORMAL', 'LOW'];

export function parseUrgency(text: string): Urgency {
  const found = URGENCIES.find((urgency) => urgency === text.trim().toUpperCase());
  if (found === undefined) throw new InvalidInput('urgency', text, `one of ${URGENCIES.join(', ').toLowerCase()}`);
  return found;
}

/** A request id chosen by a person: the same id twice acts once. */
export function parseRequestId(text: string): string {
  if (!/^[a-z0-9][a-z0-9-]{5,39}$/.test(text)) {
    throw new InvalidInput('id', text, 'lower-case letters, digits and dashes, 6 to 40 of them');
  }
  return text;
}

/** `key=value` pairs for settings of the strategy section, such as `dte=30` or `ironCondor.shortDelta=0.2`. */
export function parseSet(pairs: readonly string[]): Readonly<Record<string, string>> {
  const set: Record<string, string> = {};
  let tree: Tree = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1 || at === pair.length - 1) throw new InvalidInput('--set', pair, 'key=value, such as dte=30');
    const [key, value] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    requireKnown(key);
    set[key] = value;
    tree = merge(tree, treeOf(key.split('.'), scalar(value)));
  }
  const parsed = strategySettingsSchema.safeParse(tree);
  const issue = parsed.error?.issues[0];
  if (issue !== undefined) throw errorOf(issue, tree, strategySettingsSchema, () => '--set');
  return set;
}

function requireKnown(key: string): void {
  const known = leafKeys();
  if (known.includes(key)) return;
  const near = nearest(key, known);
  throw new InvalidInput(
    '--set',
    key,
    near === undefined ? `one of ${known.join(', ')}` : `a setting of strategy; did you mean ${near}`,
  );
}

function leafKeys(): readonly string[] {
  return Object.entries(shapeOf(strategySettingsSchema) ?? {}).flatMap(([key, schema]) => {
    const inner = shapeOf(schema);
    return inner === undefined ? [key] : Object.keys(inner).map((name) => `${key}.${name}`);
  });
}

function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d*\.?\d+$/.test(text) ? Number(text) : text;
}

/** `sell:put:600:20260320` or with a ratio `buy:call:650:20260320:2`. */
export function parseLeg(text: string): LegTerms {
  const match = /^(buy|sell):(put|call):(\d+(?:\.\d+)?):(\d{8})(?::([1-9]\d?))?$/i.exec(text.trim());
  if (!match) {
    throw new InvalidInput('leg', text, 'buy|sell:put|call:STRIKE:YYYYMMDD[:RATIO], such as sell:put:600:20260320');
  }
  const [, action = '', right = '', strike = '', expiry = '', ratio = '1'] = match;
  return {
    action: action.toUpperCase() === 'BUY' ? 'BUY' : 'SELL',
    right: right.toUpperCase() === 'PUT' ? 'PUT' : 'CALL',
    strike: Number(strike),
    expiry,
    ratio: Number(ratio),
  };
}
