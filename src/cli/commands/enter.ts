/** legwork enter: decide, build, check and open a position. */
import type { Command } from 'commander';
import { statusOfEntry } from '../../client/outcome.js';
import type { EntryResult } from '../../contract/requests.js';
import { checksText } from '../check-list.js';
import { type Cli, type Context, define } from '../define.js';
import { dryRunJson, dryRunText } from '../dry-run-text.js';
import { combos } from '../format.js';
import { openingJson } from '../json.js';
import { planJson, planText } from '../plan-text.js';
import { answerOf, readWaitOptions } from '../progress.js';
import { addProtectionOptions, addStrategyOptions, readEntryAsk } from './entry-request.js';

export function registerEnter(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'enter <symbol> <strategy>',
      about: 'Enter a position if the signal and every limit allow it; the price is walked from mid toward natural.',
      examples: [
        'legwork enter SPY iron-condor --quantity 2',
        'legwork enter SPY iron-condor --mode legs --on-partial complete',
        'legwork enter SPY bull-put --set dte=50 --set creditSpread.shortDelta=0.35 --dry-run',
      ],
      exits: [3, 4, 5],
    },
    async (context, args, options) => {
      const ask = readEntryAsk(args, options);
      const wait = readWaitOptions(options);
      return context.withClient(async (client) =>
        answerOf(context, client, await client.enter(ask), wait, (result) => show(context, result)),
      );
    },
    (command) => {
      addStrategyOptions(command);
      addProtectionOptions(command);
      command
        .option(
          '--limit-price <price>',
          'fixed net price per share instead of the walk; 0.15cr receives it, 0.15db pays it',
        )
        .option('--market', 'a marketable limit with a cap')
        .option('--mode <mode>', 'auto|combo|legs: one combination or one order a leg; default orders.mode')
        .option('--on-partial <policy>', 'unwind|complete: when only some legs fill; default orders.legs.onPartial')
        .option('--dry-run', 'decide, build and check; send nothing')
        .option('--ignore-signal', 'enter even if the signal refuses; limits still hold')
        .option('--no-wait', 'start the entry and return')
        .option('--timeout <seconds>', 'stop waiting after this long; the entry continues');
    },
  );
}

function show(context: Context, result: EntryResult): number {
  const { paint } = context;
  const { plan, dryRun, opening, ...rest } = result;
  const parts = {
    ...(plan !== undefined && { plan: planJson(plan) }),
    ...(dryRun !== undefined && { dryRun: dryRunJson(dryRun) }),
    ...(opening !== undefined && { opening: openingJson(opening) }),
  };
  context.answer({ ...rest, ...parts }, () =>
    [
      ...(result.checks.length > 0 ? [checksText(result.checks, paint), ''] : []),
      ...(plan === undefined ? [] : [planText(plan, paint), '']),
      verdict(context, result),
    ].join('\n'),
  );
  return statusOfEntry(result);
}

function verdict({ paint }: Context, result: EntryResult): string {
  const reasons = result.reasons.join(' ');
  switch (result.status) {
    case 'OPENED':
      return paint.good(`Opened ${result.positionId ?? ''}: ${combos(result.filledCombos)}. ${reasons}`.trim());
    case 'DRY_RUN':
      return result.dryRun === undefined
        ? paint.good('Would be entered; nothing was sent (dry run).')
        : dryRunText(result.dryRun, paint);
    case 'NOT_ENTERED':
      return paint.bad(`Not entered (${result.code ?? 'refused'}): ${reasons}`);
    case 'FAILED':
      return paint.bad(`Not opened (${result.code ?? 'failed'}): ${reasons}`);
  }
}
