/** legwork config show: the settings in force, and where each comes from. */
import type { Command } from 'commander';
import { resolveEndpoints } from '../../client/endpoints.js';
import { redact } from '../../config/index.js';
import { leafPaths, type Tree, valueAt } from '../../config/tree.js';
import { type Cli, define } from '../define.js';
import { table } from '../paint.js';

export function registerConfig(cli: Cli, program: Command): void {
  const config = program.command('config').description('Inspect the configuration.');
  define(
    cli,
    config,
    {
      usage: 'show',
      about: 'Show every setting in force and where it comes from; passwords and accounts are masked.',
      examples: ['legwork config show', 'legwork config show --changed'],
    },
    async (context, _args, options) => {
      const { loaded } = resolveEndpoints(context.target);
      const shown = redact(loaded.settings) as unknown as Tree;
      const rows = leafPaths(shown)
        .map((path) => ({ key: path.join('.'), value: valueAt(shown, path) }))
        .map((row) => ({ ...row, source: loaded.sources.get(row.key) ?? 'default' }))
        .filter(({ source }) => options.changed !== true || source !== 'default');
      const sources = Object.fromEntries(rows.map(({ key, source }) => [key, source]));
      for (const note of loaded.notes) context.note(note);
      context.answer({ hash: loaded.hash, file: loaded.file ?? null, settings: shown, sources }, () =>
        [
          table(
            context.paint,
            ['SETTING', 'VALUE', 'FROM'],
            rows.map(({ key, value, source }) => [
              key,
              typeof value === 'string' ? value : JSON.stringify(value),
              source === 'default' ? context.paint.dim(source) : source,
            ]),
          ),
          '',
          `hash ${loaded.hash}${loaded.file === undefined ? ', no file' : `, file ${loaded.file}`}`,
        ].join('\n'),
      );
      return 0;
    },
    (command) => {
      command.option('--changed', 'only settings that differ from the default');
    },
  );
}
