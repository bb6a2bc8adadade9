/** legwork watch: the table of open positions, live. */
import type { Command } from 'commander';
import type { LegworkClient } from '../../client/client.js';
import { parsePositive, parseSymbol } from '../arguments.js';
import { type Cli, type Context, define, textOption } from '../define.js';
import { failureOf } from '../failure.js';
import { time } from '../format.js';
import { type PositionFilter, positionsJson, positionsText, readPositions } from '../position-table.js';

export function registerWatch(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'watch [symbol]',
      about: 'Show the open positions and keep the table current until Ctrl-C.',
      examples: ['legwork watch', 'legwork watch SPY --once'],
      exits: [4],
    },
    async (context, [symbol], options) => {
      const filter: PositionFilter = symbol === undefined ? {} : { symbol: parseSymbol(symbol) };
      const everyMs = parsePositive('every', textOption(options, 'every') ?? '1') * 1000;
      return context.withClient((client) => watch(context, client, filter, options.once === true, everyMs));
    },
    (command) => {
      command.option('--once', 'show it once and end').option('--every <seconds>', 'seconds between refreshes', '1');
    },
  );
}

/** On a terminal the table is redrawn in place. Elsewhere it is printed when it changes, with --json as one line. */
async function watch(
  context: Context,
  client: LegworkClient,
  filter: PositionFilter,
  once: boolean,
  everyMs: number,
): Promise<number> {
  const store = await client.store();
  if (once) {
    const views = await readPositions(store, filter);
    context.answer(positionsJson(views), () => positionsText(views, context.paint));
    return 0;
  }
  const draw = await drawer(context);
  const stop = context.io.interruption();
  while (!stop.aborted) {
    try {
      const views = await readPositions(store, filter);
      draw.show(context.json ? JSON.stringify(positionsJson(views)) : positionsText(views, context.paint));
    } catch (error) {
      // An outage of the database is shown and waited out.
      if (context.json) context.note(failureOf(error).message);
      else draw.show(context.paint.bad(failureOf(error).message));
    }
    await rest(everyMs, stop);
  }
  draw.end();
  return 0;
}

interface Drawer {
  show(text: string): void;
  end(): void;
}

async function drawer({ io, json, paint }: Context): Promise<Drawer> {
  if (io.stdout === process.stdout && io.stdout.isTTY === true && !json) {
    const { default: update } = await import('log-update');
    return {
      show: (text) => update(`${text}\n${paint.dim(`${time(Date.now())}, Ctrl-C ends`)}`),
      end: () => update.done(),
    };
  }
  let last = '';
  return {
    show: (text) => {
      if (text !== last) io.stdout.write(`${text}\n`);
      last = text;
    },
    end: () => undefined,
  };
}

function rest(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener('abort', done, { once: true });
  });
}
