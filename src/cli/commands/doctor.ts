/** legwork doctor: checks every part and says how to fix the ones that fail. */
import type { Command } from 'commander';
import { type Cli, define } from '../define.js';
import type { Finding } from '../doctor/finding.js';
import type { Paint } from '../paint.js';

export function registerDoctor(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'doctor',
      about: 'Check every part: Node, configuration, Temporal, Postgres, broker, worker, trading state.',
      examples: ['legwork doctor', 'legwork doctor --json'],
      exits: [4],
    },
    async (context) => {
      const { examine } = await import('../doctor/examine.js');
      const findings = await examine(context.target);
      const status = findings.reduce(
        (worst, finding) => Math.max(worst, finding.status === 'fail' ? finding.exit : 0),
        0,
      );
      context.answer(
        {
          ok: status === 0,
          checks: findings.map(({ name, status: state, text, hint }) => ({
            name,
            status: state,
            text,
            hint: hint ?? null,
          })),
        },
        () => findings.map((finding) => lineOf(finding, context.paint)).join('\n'),
      );
      return status;
    },
  );
}

function lineOf({ name, status, text, hint }: Finding, paint: Paint): string {
  const shade = { ok: paint.good, warn: paint.warn, fail: paint.bad }[status];
  const line = `${shade(status.padEnd(4))}  ${name.padEnd(18)}  ${text}`;
  return hint === undefined ? line : `${line}\n${' '.repeat(26)}${paint.dim(hint)}`;
}
