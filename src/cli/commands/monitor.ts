/** legwork monitor: what the rules say now; nothing is done about it. */
import type { Command } from 'commander';
import type { Evaluation } from '../../contract/activities.js';
import { parsePositionId } from '../../domain/ids.js';
import { type Cli, define } from '../define.js';
import { time } from '../format.js';
import type { Paint } from '../paint.js';
import { answerOf, readWaitOptions } from '../waited.js';

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
                  : `${positionId} cannot be judged now.`
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

/** Decision, distances to the rules, and what could not be judged. */
export function evaluationText({ positionId, decision, distances, skipped }: Evaluation, paint: Paint): string {
  const width = Math.max(0, ...distances.map(({ rule }) => rule.length), ...skipped.map(({ rule }) => rule.length));
  return [
    decisionText(positionId, decision, paint),
    ...distances.map(({ rule, text }) => `  ${rule.padEnd(width)}  ${text}`),
    ...skipped.map(({ rule, missing }) => paint.dim(`  ${rule.padEnd(width)}  not judged, missing: ${missing}`)),
  ].join('\n');
}

/** A hold that names a rule is that of a position which no rule may judge. */
function decisionText(positionId: string, decision: Evaluation['decision'], paint: Paint): string {
  const { action, rule, reason, urgency } = decision;
  const head = `${positionId}: ${action}`;
  if (action !== 'HOLD') return paint.warn(`${head} (${urgency.toLowerCase()}) by ${rule}: ${reason}`);
  return rule === 'none' ? paint.good(head) : paint.bad(`${head}. ${reason}`);
}
