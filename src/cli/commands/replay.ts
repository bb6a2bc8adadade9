/** legwork replay: whether the installed code can carry on the open runs, before a worker with it takes them. */
import type { Command } from 'commander';
import { type Cli, define } from '../define.js';

const REMEDY =
  'Leave the version that runs them at work, or change the code so that it leads to what they have recorded (`patched`).';

export function registerReplay(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'replay',
      about:
        'Run the installed workflow code against the histories of the open runs, before a worker with it takes them. Nothing is changed.',
      examples: ['legwork replay', 'legwork replay --json'],
      exits: [4],
      meanings: { 0: 'every open run can be carried on', 1: 'one or more cannot' },
    },
    async (context) =>
      context.withClient(async (client) => {
        const { client: temporal } = await client.links.temporal();
        const { replayInProcess } = await import('../../worker/replay-process.js');
        const { replayed, failures } = await replayInProcess(temporal);
        context.answer({ ok: failures.length === 0, replayed, failures }, () => {
          if (failures.length === 0) return `${replayed} open runs replay with this code.`;
          const lines = failures.map(
            ({ workflowId, runId, eventId, event, reason }) =>
              `${context.paint.bad(workflowId)} (run ${runId}), event ${eventId}, ${event}: ${reason}`,
          );
          return [...lines, `${failures.length} of ${replayed} open runs do not replay with this code. ${REMEDY}`].join(
            '\n',
          );
        });
        return failures.length === 0 ? 0 : 1;
      }),
  );
}
