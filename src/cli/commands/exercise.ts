/** legwork exercise: tell the broker to exercise a long leg. */
import type { Command } from 'commander';
import type { ExerciseResult } from '../../contract/requests.js';
import { parsePositionId } from '../../domain/ids.js';
import { parseWhole } from '../arguments.js';
import { type Cli, define, textOption } from '../define.js';
import { money } from '../format.js';
import { answerOf, readWaitOptions } from '../progress.js';

const STATUS: Readonly<Record<ExerciseResult['result'], number>> = {
  ...{ ACCEPTED: 0, WOULD_SEND: 0, REFUSED: 3, UNKNOWN: 5 },
};

export function registerExercise(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'exercise <id>',
      about: 'Exercise a long leg tonight, and say what that brings against selling it. Sent once a day.',
      examples: ['legwork exercise spy-ic-20260302-a1b2c3 --leg 1 --dry-run'],
      exits: [3, 4, 5],
    },
    async (context, [id], options) => {
      const positionId = parsePositionId(id ?? '');
      const legNo = parseWhole('leg', textOption(options, 'leg') ?? '', 1, 100);
      const quantity = textOption(options, 'quantity');
      const input = {
        ...{ positionId, legNo, override: options.override === true, dryRun: options.dryRun === true },
        ...(quantity !== undefined && { contracts: parseWhole('quantity', quantity, 1, 100_000) }),
      };
      const wait = readWaitOptions(options);
      return context.withClient(async (client) =>
        answerOf(context, client, await client.exercise(input), wait, (done) => {
          const { proposal, ...rest } = done;
          const json = {
            ...rest,
            proposal: proposal === undefined ? null : { ...proposal, perShare: money(proposal.perShare) },
          };
          const shade = STATUS[done.result] === 0 ? context.paint.good : context.paint.bad;
          context.answer(json, () =>
            [
              `${positionId} leg ${legNo}: ${shade(done.result.toLowerCase().replaceAll('_', ' '))}. ${done.reason}`,
              ...(proposal === undefined ? [] : [proposal.text]),
            ].join('\n'),
          );
          return STATUS[done.result];
        }),
      );
    },
    (command) => {
      command
        .requiredOption('--leg <n>', 'number of the leg, as `legwork show` lists it')
        .option('--quantity <n>', 'number of contracts; default all that are open')
        .option('--override', 'exercise even if it is out of the money')
        .option('--dry-run', 'say what would happen; send nothing')
        .option('--no-wait', 'send the request and return')
        .option('--timeout <seconds>', 'stop waiting after this long');
    },
  );
}
