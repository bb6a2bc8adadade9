/** legwork series: a position's snapshots over time. */
import type { Command } from 'commander';
import { InvalidInput } from '../../domain/errors.js';
import { parsePositionId } from '../../domain/ids.js';
import type { SnapshotRow } from '../../store/api.js';
import { parsePositive, parseWhole } from '../arguments.js';
import { csv } from '../csv.js';
import { type Cli, define, textOption } from '../define.js';
import { money, number, percent, time } from '../format.js';
import { snapshotJson } from '../json.js';
import { table } from '../paint.js';

export function registerSeries(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'series <id>',
      about: 'List the snapshots of a position over time: mark, P&L, Greeks, underlying. Prices are per share.',
      examples: ['legwork series spy-ic-20260302-a1b2c3 --every 30', 'legwork series spy-ic-20260302-a1b2c3 --csv'],
      exits: [4],
    },
    async (context, [id = ''], options) => {
      const positionId = parsePositionId(id);
      const minutes = textOption(options, 'every');
      const everyMs = minutes === undefined ? 0 : parsePositive('every', minutes) * 60_000;
      const limit = parseWhole('limit', textOption(options, 'limit') ?? '1000', 1, 1_000_000);
      if (options.csv === true && context.json) throw new InvalidInput('csv', 'with --json', 'one of --csv and --json');
      return context.withClient(async (client) => {
        await client.execution(positionId);
        const all = await (await client.store()).snapshots.since(positionId, 0);
        const rows = thinned(all, everyMs).slice(-limit);
        context.answer({ positionId, snapshots: rows.map(snapshotJson) }, () =>
          options.csv === true
            ? csv(
                HEAD,
                rows.map((row) => Object.values(snapshotJson(row)).map(cellOf)),
              )
            : rows.length === 0
              ? 'No snapshots yet.'
              : table(
                  context.paint,
                  [
                    'TIME',
                    '>UNDERLYING',
                    '>TO CLOSE',
                    '>P&L',
                    '>%',
                    '>DELTA',
                    '>GAMMA',
                    '>THETA',
                    '>VEGA',
                    '>IV',
                    '>VIX',
                  ],
                  rows.map(cells),
                ),
        );
        return 0;
      });
    },
    (command) => {
      command
        .option('--every <minutes>', 'one snapshot for each so many market minutes')
        .option('--limit <n>', 'maximum number of snapshots, the latest ones', '1000')
        .option('--csv', 'print comma-separated values');
    },
  );
}

const HEAD = Object.keys(snapshotJson({ positionId: '', at: 0, watchEpoch: 0 }));

function cellOf(value: unknown): string | number | null {
  return typeof value === 'number' || typeof value === 'string' ? value : value === null ? null : String(value);
}

/** The first snapshot of each interval. */
function thinned(rows: readonly SnapshotRow[], everyMs: number): readonly SnapshotRow[] {
  let next = Number.NEGATIVE_INFINITY;
  return rows.filter(({ at }) => {
    if (at < next) return false;
    next = at + everyMs;
    return true;
  });
}

function cells(row: SnapshotRow): readonly string[] {
  return [
    ...[time(row.at), money(row.underlying), money(row.closeNet), money(row.unrealizedPnl), percent(row.profitPct)],
    ...[number(row.delta, 3), number(row.gamma, 4), number(row.theta, 3), number(row.vega, 3)],
    ...[percent(row.impliedVolatility), number(row.vix)],
  ];
}
