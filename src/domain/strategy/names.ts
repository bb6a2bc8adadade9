/** Names of strategies: as people type them, as ids carry them, and what each one means. */
import { InvalidInput } from '../errors.js';
import type { StrategyType, Structure } from './strategy.js';

interface StrategyName {
  readonly type: StrategyType;
  readonly words: readonly string[];
  readonly code: string;
  readonly title: string;
  readonly structure: Structure;
  /** Whether opening it receives or pays a premium; the price of a custom strategy decides. */
  readonly premium: 'credit' | 'debit' | 'either';
}

const NAMES: readonly StrategyName[] = [
  {
    type: 'iron_condor',
    words: ['iron-condor', 'condor', 'ic'],
    code: 'ic',
    title: 'iron condor',
    structure: 'iron_condor',
    premium: 'credit',
  },
  {
    type: 'bull_put_spread',
    words: ['bull-put', 'bull-put-spread', 'bps'],
    code: 'bps',
    title: 'bull put spread',
    structure: 'vertical_spread',
    premium: 'credit',
  },
  {
    type: 'bear_call_spread',
    words: ['bear-call', 'bear-call-spread', 'bcs'],
    code: 'bcs',
    title: 'bear call spread',
    structure: 'vertical_spread',
    premium: 'credit',
  },
  {
    type: 'bull_call_spread',
    words: ['bull-call', 'bull-call-spread'],
    code: 'blc',
    title: 'bull call spread',
    structure: 'vertical_spread',
    premium: 'debit',
  },
  {
    type: 'bear_put_spread',
    words: ['bear-put', 'bear-put-spread'],
    code: 'brp',
    title: 'bear put spread',
    structure: 'vertical_spread',
    premium: 'debit',
  },
  {
    type: 'long_call',
    words: ['long-call'],
    code: 'lc',
    title: 'long call',
    structure: 'single_leg',
    premium: 'debit',
  },
  { type: 'long_put', words: ['long-put'], code: 'lp', title: 'long put', structure: 'single_leg', premium: 'debit' },
  { type: 'custom', words: ['custom'], code: 'cu', title: 'custom strategy', structure: 'custom', premium: 'either' },
];

/** The strategy a person named, hyphens or underscores; throws InvalidInput listing the names. */
export function parseStrategyName(text: string): StrategyType {
  const wanted = text.trim().toLowerCase().replaceAll('_', '-');
  const found = NAMES.find((name) => name.words.includes(wanted));
  if (found === undefined)
    throw new InvalidInput('strategy', text, `one of ${NAMES.map((name) => name.words[0]).join(', ')}`);
  return found.type;
}

function nameOf(type: StrategyType): StrategyName {
  const found = NAMES.find((name) => name.type === type);
  if (found === undefined)
    throw new InvalidInput('strategy', type, `one of ${NAMES.map((name) => name.type).join(', ')}`);
  return found;
}

export const strategyCode = (type: StrategyType): string => nameOf(type).code;
export const strategyTitle = (type: StrategyType): string => nameOf(type).title;
export const strategyPremium = (type: StrategyType): StrategyName['premium'] => nameOf(type).premium;

/** For custom strategies the legs decide the structure: one leg is a single leg under any name. */
export function structureOf(type: StrategyType, legCount: number): Structure {
  return legCount === 1 ? 'single_leg' : nameOf(type).structure;
}
