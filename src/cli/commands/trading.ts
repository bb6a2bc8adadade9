/** legwork halt, reduce-only, activate and trading: the trading state, obeyed where orders are sent, and its history. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { TradingState } from '../../store/api.js';
import { parseWhole } from '../arguments.js';
import { type Cli, define, textOption } from '../define.js';
import { time } from '../format.js';
import { table } from '../paint.js';

interface Switch {
  readonly name: string;
  readonly state: TradingState;
  readonly about: string;
  readonly says: string;
}

const SWITCHES: readonly Switch[] = [
  {
    name: 'halt',
    state: 'HALTED',
    about: 'Halt trading: no order is sent, except by close --override-halt.',
    says: 'Trading is halted: no order is sent, not even an exit, except by close --override-halt.',
  },
  {
    name: 'reduce-only',
    state: 'REDUCING',
    about: 'Allow only orders that reduce positions.',
    says: 'Only orders that reduce positions are sent.',
  },
  {
    name: 'activate',
    state: 'ACTIVE',
    about: 'Allow all orders again.',
    says: 'Trading is active.',
  },
];

export function registerTrading(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'trading',
      about: 'Show the trading state, and with --history every earlier one: when, who set it and why.',
      examples: ['legwork trading', 'legwork trading --history --limit 20 --json'],
      exits: [4],
    },
    async (context, _args, options) => {
      const limit = parseWhole('limit', textOption(options, 'limit') ?? '50', 1, 10_000);
      return context.withClient(async (client) => {
        const rows = await (await client.store()).trading.history(options.history === true ? limit : 1);
        context.answer({ states: rows.map((row) => ({ ...row, at: time(row.at) })) }, () =>
          table(
            context.paint,
            ['SINCE', 'STATE', 'BY', 'REASON'],
            rows.map(({ at, state, by, reason }) => [time(at), state, by, reason]),
          ),
        );
        return 0;
      });
    },
    (command) => {
      command
        .option('--history', 'the earlier ones too, latest first')
        .option('--limit <n>', 'with --history: maximum number of states', '50');
    },
  );
  for (const { name, state, about, says } of SWITCHES) {
    define(
      cli,
      program,
      { usage: name, about, examples: [`legwork ${name} --reason "broker maintenance"`], exits: [4] },
      async (context, _args, options) => {
        const reason = textOption(options, 'reason') ?? 'no reason given';
        return context.withClient(async (client) => {
          const before = await (await client.store()).trading.state();
          await client.setTrading(state, reason, userName());
          context.answer({ state, before: before.state, reason }, says);
          return 0;
        });
      },
      (command) => {
        command.option('--reason <text>', 'why, for the record');
      },
    );
  }
}

/** The requester; a process without a user account is named as such. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
