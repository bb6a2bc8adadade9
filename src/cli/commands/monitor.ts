/** legwork monitor: what the rules say now; nothing follows from it. */
import type { Command } from 'commander';
import type { Evaluation } from '../../contract/activities.js';
import { isEvaluated } from '../../contract/evaluation.js';
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
      about: 'Evaluate the rules now and show the decision for every open position, or for one. Nothing is sent.',
      examples: ['legwork monitor', 'legwork monitor spy-ic-20260302-a1b2c3 --json'],
      exits: [4],
    },
    async (context, [id], options) => {
      const positionId = id === undefined ? undefined : parsePositionId(id);
      const wait = readWaitOptions(options);
      return context.withClient(async (client) =>
        answerOf(context, client, await client.monitor(positionId), wait, (answers) => {
          const evaluations = answers.filter(isEvaluated);
          const failures = answers.flatMap((one) => (isEvaluated(one) ? [] : [one]));
          const counts = countsOf(evaluations);
          context.answer(
            {
              evaluations: evaluations.map((one) => ({
                ...one,
                decision: { ...one.decision, at: time(one.decision.at) },
              })),
              failures,
              counts,
            },
            () =>
              answers.length === 0
                ? 'No open positions.'
                : [
                    ...evaluations.map((one) => evaluationText(one, context.paint)),
                    ...failures.map(({ positionId: id, failed }) =>
                      context.paint.bad(`${id}: not evaluated. ${failed}`),
                    ),
                    ...(positionId === undefined ? [countsText(counts, failures.length)] : []),
                  ].join('\n\n'),
          );
          return failures.length > 0 ? 1 : 0;
        }),
      );
    },
    (command) => {
      command.option('--timeout <seconds>', 'stop waiting after this long');
    },
  );
}

/** Number of positions by decision. */
function countsOf(evaluations: readonly Evaluation[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { decision } of evaluations) counts[decision.action] = (counts[decision.action] ?? 0) + 1;
  return counts;
}

/** `3 positions: 2 HOLD, 1 CLOSE`. */
function countsText(counts: Readonly<Record<string, number>>, failed: number): string {
  const parts = Object.entries(counts).map(([action, count]) => `${count} ${action}`);
  const all = Object.values(counts).reduce((sum, count) => sum + count, failed);
  const list = [...parts, ...(failed > 0 ? [`${failed} not evaluated`] : [])].join(', ');
  return `${all} ${all === 1 ? 'position' : 'positions'}: ${list}`;
}
