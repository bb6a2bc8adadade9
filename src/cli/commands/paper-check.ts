/** legwork paper-check: tries every assumption about the broker against a paper account. */

import { closeSync, openSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type EndpointOptions, resolveEndpoints } from '../../client/endpoints.js';
import { LIVE_PORTS } from '../../config/sections.js';
import { defined } from '../../domain/defined.js';
import { InvalidInput, LegworkError } from '../../domain/errors.js';
import type { CardResult, CheckOptions, CheckOutcome } from '../../paper-check/index.js';
import { parseWhole } from '../arguments.js';
import { type Cli, type Context, collect, define, listOption, textOption } from '../define.js';

type Options = Readonly<Record<string, unknown>>;

const DEFAULT_CLIENT_ID = '971';

export function registerPaperCheck(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'paper-check',
      about:
        'Try every assumption about IB against a paper account: one lot, far from the market, cancelled again. A live account is refused.',
      examples: [
        'legwork paper-check --report check.md --capture check.jsonl',
        'IB_PORT=7497 legwork paper-check --fill --json',
      ],
      exits: [3, 4],
      meanings: {
        0: 'nothing differs',
        1: 'something differs, an order or a position is left, or the run was cut short',
        3: 'a live account or port: no order was sent',
        4: 'no session, or it was lost',
      },
    },
    async (context, _args, options) => {
      const check = await import('../../paper-check/index.js');
      const wanted = readOptions(context, options, check.cardIds());
      const report = fileOption(context, options, 'report');
      const outcome = await check.paperCheck(wanted);
      if (report !== undefined) writeFileSync(report, check.markdownReport(outcome));
      context.answer({ cards: outcome.cards, left: outcome.left, positions: outcome.positions }, () =>
        check.summaryText(outcome),
      );
      return statusOf(outcome, wanted.signal);
    },
    (command) => {
      command
        .option('--fill', 'also buy a combination at the market and sell it at once, twice')
        .option(
          '--client-id <id>',
          "API client id; the next one is used for a moment too. Neither may be the worker's",
          DEFAULT_CLIENT_ID,
        )
        .option('--report <file>', 'write a report in Markdown')
        .option(
          '--capture <file>',
          'write every frame sent and received, one JSON object a line; accounts and user names are replaced',
        )
        .option('--card <id>', 'try only this card; repeatable', collect);
    },
  );
}

function readOptions(context: Context, options: Options, ids: readonly string[]): CheckOptions {
  const { broker, loaded } = targetOf(context.target);
  const { ib } = loaded.settings;
  const clientId = parseWhole('client id', textOption(options, 'clientId') ?? DEFAULT_CLIENT_ID, 1, 2_147_483_646);
  if ([clientId, clientId + 1].includes(ib.clientId))
    throw new InvalidInput(
      '--client-id',
      clientId,
      `a client id that, like the one above it, is not the worker's (${ib.clientId})`,
    );
  const only = listOption(options, 'card');
  const unknown = only.find((id) => !ids.includes(id));
  if (unknown !== undefined) throw new InvalidInput('--card', unknown, `one of ${ids.join(', ')}`);
  const capture = fileOption(context, options, 'capture');
  const { stderr } = context.io;
  return {
    ...broker,
    clientId,
    otherClientId: clientId + 1,
    guard: {
      allowedHosts: ib.allowedHosts,
      allowedPorts: [
        ...ib.allowedPorts.filter((port) => !LIVE_PORTS.includes(port)),
        ...stackPort(broker.port, ib.port),
      ],
      accounts: ib.accounts,
    },
    fill: options.fill === true,
    only,
    ...defined({ capture }),
    signal: context.io.interruption(),
    told: (result, done, all) => stderr.write(`${progressText(context, result, done, all)}\n`),
    note: (text) => stderr.write(`${text}\n`),
  };
}

/** The port of a simulated gateway started here by `legwork up` is not a setting. */
const stackPort = (port: number, configured: number): readonly number[] =>
  port === configured || LIVE_PORTS.includes(port) ? [] : [port];

const LIVE_PORT = `The port is one of live trading (${LIVE_PORTS.join(', ')}); paper-check uses paper accounts only.`;

/** The configuration. A live port in it is refused with the guard's error, not as bad input. */
function targetOf(options: EndpointOptions) {
  try {
    return resolveEndpoints(options);
  } catch (error) {
    const isLive =
      error instanceof LegworkError && error.details.field === 'ib.port' && /live trading port/.test(error.message);
    throw isLive ? new LegworkError('LIVE_GUARD', LIVE_PORT) : error;
  }
}

function progressText({ paint }: Context, result: CardResult, done: number, all: number): string {
  const { id, verdict, observed, reason } = result;
  const shade = { agrees: paint.good, differs: paint.bad, not_tried: paint.dim }[verdict];
  const seen = [observed, reason].filter((text) => text !== null).join('. ');
  return `${`${done}/${all}`.padStart(6)}  ${shade(verdict.replace('_', ' ').padEnd(9))}  ${id.padEnd(22)}  ${seen}`;
}

/** A file to be written: tried before the first order, not after the last. */
function fileOption({ io }: Context, options: Options, name: string): string | undefined {
  const given = textOption(options, name);
  if (given === undefined) return undefined;
  const file = resolve(io.cwd, given);
  try {
    closeSync(openSync(file, 'a'));
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unwritable';
    throw new InvalidInput(`--${name}`, given, `a file that can be written (${code})`);
  }
  return file;
}

/** 0 only when nothing differs, the run was complete, and no order or position is left. */
function statusOf({ cards, left, positions, lost }: CheckOutcome, signal: AbortSignal): number {
  if (lost && !signal.aborted) return 4;
  return cards.some(({ verdict }) => verdict === 'differs') || left.length > 0 || positions.length > 0 || signal.aborted
    ? 1
    : 0;
}
