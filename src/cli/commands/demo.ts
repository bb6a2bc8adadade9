/** legwork demo: the whole life of an iron condor in time-lapse. */
import type { Command } from 'commander';
import { parseWhole } from '../arguments.js';
import { type Cli, define, textOption } from '../define.js';

export function registerDemo(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'demo',
      about: 'Run the whole life of an iron condor in stepped time-lapse on a fresh private stack, then a summary.',
      examples: ['legwork demo --seed 7'],
      exits: [4],
    },
    async (context, _args, options) => {
      const seed = parseWhole('seed', textOption(options, 'seed') ?? '1', 0, 2_147_483_647);
      const days = parseWhole('days', textOption(options, 'days') ?? '45', 1, 365);
      const { runDemo } = await import('../demo/demo.js');
      return runDemo({ seed, days, json: context.json, keep: options.keep === true });
    },
    (command) => {
      command
        .option('--seed <n>', 'seed of the market; the same seed gives the same run', '1')
        .option('--days <n>', 'maximum number of market days', '45')
        .option('--keep', 'keep the stack and its Web UI at the end, until Ctrl-C');
    },
  );
}
