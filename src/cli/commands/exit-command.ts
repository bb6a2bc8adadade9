/** The common part of close, roll and reduce: one position, an urgency, a price, and an outcome to show. */

import type { Command } from 'commander';
import type { ExitOptions } from '../../client/client.js';
import { statusOfDryRun, statusOfExit } from '../../client/outcome.js';
import type { ExitOutcome } from '../../contract/requests.js';
import { defined } from '../../domain/defined.js';
import { parsePositionId } from '../../domain/ids.js';
import { parsePricing, parseRequestId, parseUrgency } from '../arguments.js';
import { type Context, textOption } from '../define.js';
import { dryRunJson, dryRunText } from '../dry-run-text.js';
import { combos } from '../format.js';
import type { Paint } from '../paint.js';
import { answerOf, readWaitOptions } from '../progress.js';

type Options = Readonly<Record<string, unknown>>;

export function addExitOptions(command: Command, overrideHalt = 'send even while trading is halted'): void {
  command
    .option('--urgency <level>', 'immediate, high, normal or low: how fast the price is walked')
    .option(
      '--limit-price <price>',
      'fixed net price per share instead of the walk; 0.15cr receives it, 0.15db pays it',
    )
    .option('--market', 'a marketable limit with a cap')
    .option('--override-halt', overrideHalt)
    .option('--id <id>', 'id of the request; a repeated id acts once')
    .option('--dry-run', 'make every check and say what would be sent; send nothing')
    .option('--no-wait', 'send the request and return')
    .option('--timeout <seconds>', 'stop waiting after this long; the exit continues');
}

/**
 * Reads the common options, sends the request, waits and shows the outcome. `ask` is the part particular to the
 * request.
 */
export async function exitPosition(
  context: Context,
  id: string | undefined,
  options: Options,
  ask: Omit<ExitOptions, 'positionId'>,
): Promise<number> {
  const positionId = parsePositionId(id ?? '');
  const more = readMore(options);
  const wait = readWaitOptions(options);
  return context.withClient(async (client) => {
    const whole = { ...more, ...ask, positionId };
    if (options.dryRun === true) {
      return answerOf(context, client, await client.previewExit(whole), wait, (run) => {
        context.answer({ positionId, ...dryRunJson(run) }, () => dryRunText(run, context.paint));
        return statusOfDryRun(run);
      });
    }
    const under = await client.exit(whole);
    return answerOf(context, client, under, wait, (outcome) => {
      context.answer(outcome, () => outcomeText(outcome, context.paint));
      return statusOfExit(outcome);
    });
  });
}

function readMore(options: Options): Partial<ExitOptions> {
  const urgency = textOption(options, 'urgency');
  const requestId = textOption(options, 'id');
  const limitPrice = textOption(options, 'limitPrice');
  return {
    pricing: parsePricing({ ...defined({ limitPrice }), market: options.market === true }),
    overrideHalt: options.overrideHalt === true,
    ...(urgency !== undefined && { urgency: parseUrgency(urgency) }),
    ...(requestId !== undefined && { requestId: parseRequestId(requestId) }),
  };
}

/** One line: what became of the position. */
export function outcomeText(outcome: ExitOutcome, paint: Paint): string {
  const { positionId, result, reason, code, filledCombos, openCombos, rolledTo } = outcome;
  const numbers = filledCombos > 0 ? ` (${combos(filledCombos)} closed, ${openCombos} open)` : '';
  const into = rolledTo === undefined ? '' : ` into ${rolledTo}`;
  const shade = statusOfExit(outcome) === 0 ? paint.good : paint.bad;
  const head = shade(`${positionId}: ${WORDS[result]}${numbers}${into}.`);
  // When the head says it all, the reason would repeat it.
  const said = rolledTo === undefined ? reason.replace(/^The position is already closed\. ?/, '') : '';
  return [head, code === undefined ? '' : `[${code}]`, said].filter((part) => part !== '').join(' ');
}

const WORDS: Readonly<Record<ExitOutcome['result'], string>> = {
  CLOSED: 'closed',
  REDUCED: 'reduced',
  ROLLED: 'rolled',
  NO_ACTION: 'nothing done',
  ALREADY_CLOSED: 'already closed',
  REFUSED: 'refused',
  PARKED: 'parked',
  FAILED: 'failed',
};
