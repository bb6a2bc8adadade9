/** legwork halt, reduce-only and activate: the trading state, obeyed where orders are sent. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { TradingState } from '../../store/api.js';
import { type Cli, define, textOption } from '../define.js';

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
    about: 'Halt trading: nothing automatic leaves; a person closes with close --override-halt.',
    says: 'Trading is halted: no order leaves, not even an exit, except close --override-halt.',
  },
  {
    name: 'reduce-only',
    state: 'REDUCING',
    about: 'Allow only orders that reduce positions.',
    says: 'Only orders that reduce positions leave.',
  },
  {
    name: 'activate',
    state: 'ACTIVE',
    about: 'Allow all orders again.',
    says: 'Trading is active.',
  },
];

export function registerTrading(cli: Cli, program: Command): void {
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

/** Who asked; a process without an account of its own is named as such. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
