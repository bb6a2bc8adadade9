/** legwork reconcile: compare the broker with the database, now. */
import type { Command } from 'commander';
import { type Cli, define } from '../define.js';
import { answerOf, readWaitOptions } from '../progress.js';

export function registerReconcile(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'reconcile',
      about:
        "Compare the broker's positions and orders with the database now. Open positions without a run are revived.",
      examples: ['legwork reconcile'],
      exits: [4, 5],
    },
    async (context, _args, options) => {
      const wait = readWaitOptions(options);
      return context.withClient(async (client) =>
        answerOf(context, client, await client.reconcile(), wait, (result) => {
          context.answer(result, () =>
            result.findings.length === 0
              ? 'Broker and database agree.'
              : result.findings.map(({ kind, text }) => `${context.paint.warn(kind)}: ${text}`).join('\n'),
          );
          return result.findings.length === 0 ? 0 : 5;
        }),
      );
    },
    (command) => {
      command.option('--timeout <seconds>', 'stop waiting after this long');
    },
  );
}
