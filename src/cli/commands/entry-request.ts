/** The request of `enter` and `signal`, read from arguments and options. */

import type { Command } from 'commander';
import type { EntryOptions } from '../../client/client.js';
import { defined } from '../../domain/defined.js';
import { InvalidInput } from '../../domain/errors.js';
import { ENTRY_MODES, ON_PARTIAL } from '../../domain/order/legs.js';
import { parseStrategyName } from '../../domain/strategy/names.js';
import { PROTECTIVE_KINDS, type ProtectionChoice } from '../../domain/strategy/protection-choice.js';
import {
  oneOf,
  parseLeg,
  parsePricing,
  parseQuantity,
  parseRequestId,
  parseSet,
  parseShare,
  parseSymbol,
} from '../arguments.js';
import { collect, listOption, textOption } from '../define.js';

type Options = Readonly<Record<string, unknown>>;

/** Options that shape the strategy. */
export function addStrategyOptions(command: Command): void {
  command
    .option('--quantity <n>', 'combos to trade', '1')
    .option('--set <key=value>', 'a setting of the strategy section for this entry only; repeatable', collect)
    .option(
      '--leg <terms>',
      'a leg of a custom strategy, buy|sell:put|call:STRIKE:YYYYMMDD[:RATIO]; repeatable',
      collect,
    )
    .option('--id <id>', 'id of the request; a repeated id acts once');
}

/** Options for the protective orders of the position. */
export function addProtectionOptions(command: Command): void {
  command
    .option(
      '--protective <kind>',
      `${PROTECTIVE_KINDS.join(', ')}: protection at the broker, instead of the configured one`,
    )
    .option('--target <share>', 'profit target at the broker, as a share of credit or debit; 0 for none')
    .option('--bracket', 'place the entry with its protective order and target as children');
}

function readProtection(options: Options): ProtectionChoice | undefined {
  const kind = textOption(options, 'protective');
  const target = textOption(options, 'target');
  const protective = PROTECTIVE_KINDS.find((one) => one === kind);
  if (kind !== undefined && protective === undefined) {
    throw new InvalidInput('--protective', kind, `one of ${PROTECTIVE_KINDS.join(', ')}`);
  }
  const choice = {
    ...defined({ protective }),
    ...(target !== undefined && { target: parseShare('--target', target, 5) }),
    ...(options.bracket === true && { bracket: true }),
  };
  return Object.keys(choice).length === 0 ? undefined : choice;
}

/** The signal depends only on the symbol and on whether the strategy sells or buys premium. */
export function readSignalAsk(
  [symbol = '', strategy = '']: readonly (string | undefined)[],
  id?: string,
): EntryOptions {
  return {
    symbol: parseSymbol(symbol),
    strategyType: parseStrategyName(strategy),
    quantity: 1,
    pricing: { kind: 'walk' },
    set: {},
    dryRun: false,
    ignoreSignal: false,
    ...(id !== undefined && { entryId: parseRequestId(id) }),
  };
}

/** Throws InvalidInput for contradictory or unreadable options. */
export function readEntryAsk(args: readonly (string | undefined)[], options: Options): EntryOptions {
  const [symbol = '', strategy = ''] = args;
  const strategyType = parseStrategyName(strategy);
  const legs = listOption(options, 'leg').map(parseLeg);
  if (strategyType === 'custom' && legs.length === 0) {
    throw new InvalidInput('--leg', 'none', 'one to four legs for a custom strategy');
  }
  if (strategyType !== 'custom' && legs.length > 0) {
    throw new InvalidInput('--leg', legs.length, 'no legs: only a custom strategy takes --leg');
  }
  if (legs.length > 4) throw new InvalidInput('--leg', legs.length, 'at most four legs');
  const id = textOption(options, 'id');
  const limitPrice = textOption(options, 'limitPrice');
  const mode = oneOf('--mode', textOption(options, 'mode'), ENTRY_MODES);
  const onPartial = oneOf('--on-partial', textOption(options, 'onPartial'), ON_PARTIAL);
  if (mode === 'legs' && limitPrice !== undefined) {
    throw new InvalidInput(
      '--mode and --limit-price',
      'legs with a limit price',
      'one of them: a net price cannot be held leg by leg',
    );
  }
  const protection = readProtection(options);
  const pricing = parsePricing({ ...(limitPrice !== undefined && { limitPrice }), market: options.market === true });
  if (pricing.kind === 'limit' && Number(pricing.price) === 0 && strategyType !== 'custom') {
    throw new InvalidInput(
      'limit price',
      limitPrice,
      'a price above 0; only custom legs may trade at a net price of 0',
    );
  }
  return {
    symbol: parseSymbol(symbol),
    strategyType,
    quantity: parseQuantity(textOption(options, 'quantity') ?? '1'),
    pricing,
    set: parseSet(listOption(options, 'set')),
    ...(legs.length > 0 && { legs }),
    dryRun: options.dryRun === true,
    ignoreSignal: options.ignoreSignal === true,
    ...defined({ mode, onPartial }),
    ...(protection && { protection }),
    ...(id !== undefined && { entryId: parseRequestId(id) }),
  };
}
