/** Every option of the command line is read by each command that declares it. */
import { expect, test } from '@jest/globals';
import { unreadFlags } from './flags.js';
import { readSources } from './modules.js';

const cli = readSources(['src/cli']);

test('no option is parsed and then read by nobody', () => {
  expect(unreadFlags(cli)).toEqual([]);
});

test.each([
  ["command.option('--nothing-reads <n>', 'of no use');", ['src/cli/commands/x.ts --nothing-reads']],
  ["command\n  .option(\n    '--no-effect',\n    'of no use');", ['src/cli/commands/x.ts --no-effect']],
  // Read of something else, or in words alone.
  [
    "command.option('--speed <n>', 'of no use'); car.speed; say('speed'); // options.speed",
    ['src/cli/commands/x.ts --speed'],
  ],
  ["command.option('--no-wait', 'ask'); if (options.wait) go();", []],
  ["command.option('--dry-run', 'ask'); const { id, dryRun } = options;", []],
  ["command.requiredOption('--as <verdict>', 'what'); textOption(options, 'as');", []],
])('%s', (text, expected) => {
  expect(unreadFlags({ 'src/cli/commands/x.ts': text })).toEqual(expected);
});

test('a shared option is read by every command that shares it', () => {
  const shared = "export const add = (command) => command.option('--fast', 'at once');";
  const reads = "import { add } from './shared.js';\nif (options.fast) go();";
  const idle = "import { add } from './shared.js';";
  const sources = { 'src/cli/commands/shared.ts': shared, 'src/cli/commands/a.ts': reads };
  // Declared where nobody reads it, read where it is taken: each taker has to.
  expect(unreadFlags(sources)).toEqual([]);
  expect(unreadFlags({ ...sources, 'src/cli/commands/b.ts': idle })).toEqual(['src/cli/commands/shared.ts --fast']);
});
