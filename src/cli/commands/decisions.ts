/** legwork decisions: the decisions about a position or an entry, with their numbers. */
import type { Command } from 'commander';
import { parsePositionId } from '../../domain/ids.js';
import { parseWhole } from '../arguments.js';
import { type Cli, define, textOption } from '../define.js';
import { decisionJson } from '../json.js';
import { decisionsText } from '../report.js';

export function registerDecisions(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'decisions <id>',
      about: 'List the decisions about a position, or about an entry by its id, latest first. --json adds every input.',
      examples: ['legwork decisions spy-ic-20260302-a1b2c3 --limit 20', 'legwork decisions k3v9x0ab --json'],
      exits: [4],
    },
    async (context, [id = ''], options) => {
      const subjectId = parsePositionId(id);
      const limit = parseWhole('limit', textOption(options, 'limit') ?? '50', 1, 10_000);
      return context.withClient(async (client) => {
        const store = await client.store();
        const rows = await store.decisions.ofSubject(subjectId, limit);
        // An id without decisions may still exist; an unknown one is an error.
        if (rows.length === 0 && (await store.entries.get(subjectId)) === undefined) await client.execution(subjectId);
        context.answer({ subjectId, decisions: rows.map(decisionJson) }, () =>
          rows.length === 0 ? 'No decisions yet.' : decisionsText(rows, context.paint),
        );
        return 0;
      });
    },
    (command) => {
      command.option('--limit <n>', 'maximum number of decisions', '50');
    },
  );
}
