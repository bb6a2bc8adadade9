/** The demo while it runs: one live table on a terminal, plain lines elsewhere. Always on standard error. */
import Table from 'cli-table3';
import { createLogUpdate } from 'log-update';
import { marketDate } from 'market-time';
import { formatMoney } from '../../domain/money.js';
import type { DecisionRow, PositionRow, SnapshotRow } from '../../store/api.js';

export interface DemoState {
  readonly row: PositionRow;
  readonly snapshot?: SnapshotRow;
  readonly decisions: readonly DecisionRow[];
}

export interface DemoView {
  say(line: string): void;
  show(state: DemoState): void;
  end(): void;
}

/** `days` is the length of the longest life, for the progress bar. */
export function demoView(stream: NodeJS.WriteStream, days: number): DemoView {
  return stream.isTTY ? liveView(stream, days) : plainView(stream);
}

function liveView(stream: NodeJS.WriteStream, days: number): DemoView {
  const update = createLogUpdate(stream);
  return {
    say: (line) => {
      update.clear();
      stream.write(`${line}\n`);
    },
    show: (state) => update(tableOf(state, days)),
    end: () => update.done(),
  };
}

/** One line for each market day and for each change of the open position. */
function plainView(stream: NodeJS.WriteStream): DemoView {
  let last = '';
  return {
    say: (line) => stream.write(`${line}\n`),
    show: ({ row, snapshot }) => {
      if (snapshot === undefined) return;
      const key = `${marketDate(snapshot.at)} ${row.status} ${row.openCombos}`;
      if (key === last) return;
      last = key;
      stream.write(`${marketTime(snapshot.at)}  ${row.status.padEnd(8)} ${cells(row, snapshot).join('  ')}\n`);
    },
    end: () => undefined,
  };
}

function tableOf({ row, snapshot, decisions }: DemoState, days: number): string {
  const table = new Table({
    head: ['market time', 'status', 'open', 'underlying', 'cost to close', 'P&L', 'P&L %', 'delta'],
  });
  const at = snapshot?.at ?? row.createdAt;
  table.push([marketTime(at), row.status, ...cells(row, snapshot)]);
  const share = Math.min(1, (at - row.createdAt) / (days * 86_400_000));
  const width = 40;
  const bar = '#'.repeat(Math.round(share * width)).padEnd(width, '.');
  const recent = decisions
    .filter(({ action }) => action !== 'HOLD')
    .slice(0, 5)
    .map((one) => `  ${marketTime(one.at)}  ${one.action.padEnd(6)} ${one.rule}: ${one.reason}`);
  return [
    table.toString(),
    `[${bar}] ${Math.round((at - row.createdAt) / 86_400_000)} of ${days} days`,
    ...recent,
  ].join('\n');
}

function cells(row: PositionRow, snapshot: SnapshotRow | undefined): string[] {
  const money = (value: number | undefined) =>
    value === undefined ? '-' : formatMoney(Math.round(value / 10_000) * 10_000);
  return [
    `${row.openCombos}/${row.openedCombos}`,
    money(snapshot?.underlying),
    money(snapshot?.closeNet),
    money(snapshot?.unrealizedPnl),
    snapshot?.profitPct === undefined ? '-' : `${(snapshot.profitPct * 100).toFixed(1)} %`,
    snapshot?.delta === undefined ? '-' : snapshot.delta.toFixed(3),
  ];
}

/** New York wall time, minutes. */
function marketTime(at: number): string {
  return new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'America/New_York',
    dateStyle: 'short',
    timeStyle: 'short',
  }).format(at);
}
