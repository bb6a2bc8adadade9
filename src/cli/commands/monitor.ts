/** legwork monitor: what the rules say now; nothing is done about it. */
import type { Command } from 'commander';
import { parsePositionId } from '../../domain/ids.js';
import { type Cli, define } from '../define.js';
import { evaluationText } from '../evaluation-text.js';
import { time } from '../format.js';
import { answerOf, readWaitOptions } from '../progress.js';

export function registerMonitor(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'monitor [id]',
      about: 'Evaluate the rules now: the decision of every open position, or of one. Nothing is done about it.',
      examples: ['legwork monitor', 'legwork monitor spy-ic-20260302-a1b2c3 --json'],
      exits: [4],
    },
    async (context, [id], options) => {
      const positionId = id === undefined ? undefined : parsePositionId(id);
      const wait = readWaitOptions(options);
      return context.withClient(async (client) =>
        answerOf(context, client, await client.monitor(positionId), wait, (evaluations) => {
          context.answer(
            {
              evaluations: evaluations.map((one) => ({
                ...one,
                decision: { ...one.decision, at: time(one.decision.at) },
              })),
            },
            () =>
              evaluations.length === 0
                ? positionId === undefined
                  ? 'No open positions.'
                  : `${positionId} cannot be evaluated now.`
                : evaluations.map((one) => evaluationText(one, context.paint)).join('\n\n'),
          );
          return evaluations.length === 0 && positionId !== undefined ? 1 : 0;
        }),
      );
    },
    (command) => {
      command.option('--timeout <seconds>', 'give up waiting after this long');
    },
  );
}
