/** legwork pause and resume: stop and restart the rules of one position. */
import type { Command } from 'commander';
import { parsePositionId } from '../../domain/ids.js';
import { type Cli, define } from '../define.js';

const TEXTS = {
  pause: {
    about: 'Stop the rules of a position. Its orders keep working, and commands are still carried out.',
    done: 'The rules are paused',
  },
  resume: { about: 'Let the rules evaluate a paused position again.', done: 'The rules evaluate the position again' },
} as const;

export function registerPause(cli: Cli, program: Command): void {
  for (const kind of ['pause', 'resume'] as const) {
    const { about, done } = TEXTS[kind];
    define(
      cli,
      program,
      { usage: `${kind} <id>`, about, examples: [`legwork ${kind} spy-ic-20260302-a1b2c3`], exits: [4] },
      async (context, [id]) => {
        const positionId = parsePositionId(id ?? '');
        return context.withClient(async (client) => {
          const accepted = await client[kind](positionId);
          const already = accepted.joined ? ' (they were already)' : '';
          context.answer({ positionId, ...accepted }, () =>
            accepted.queued
              ? `${positionId}: no worker answered; the next one takes the request.`
              : `${positionId}: ${done.charAt(0).toLowerCase()}${done.slice(1)}${already}.`,
          );
          return 0;
        });
      },
    );
  }
}
