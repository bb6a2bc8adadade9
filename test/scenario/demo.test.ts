/** `legwork demo --json` as a program sees it: one object on standard output and, for a seed, always the run in the README. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { type DemoReport, demoSummary, type FillReport } from '../../src/cli/demo/report.js';

const BIN = fileURLToPath(new URL('../../bin/legwork.mjs', import.meta.url));
const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function demo(seed: number): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, 'demo', '--seed', String(seed), '--json'], {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The lines of the README's summary of a seed, without those that stand for omitted ones. */
function readmeSummary(seed: number): readonly string[] {
  const block = README.split('```').find((text) => text.includes(`-demo${seed}  CLOSED`)) ?? '';
  const lines = block.slice(block.indexOf('4 x SPY iron condor')).split('\n');
  return lines.filter((line) => line.trim() !== '' && line.trim() !== '...');
}

const MONEY = /^-?\d+\.\d{2,6}$/;

test('a seed gives the run in the README, as one JSON object', async () => {
  const { code, stdout, stderr } = await demo(7);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^\{.*\}\n$/);
  const life = JSON.parse(stdout);
  const printed = demoSummary(life as DemoReport, undefined).split('\n');
  const shown = readmeSummary(7);
  expect(shown.length).toBeGreaterThan(6);
  expect(shown.filter((line) => !printed.includes(line))).toEqual([]);

  expect(Object.keys(life).sort()).toEqual([
    'closedAt',
    'commissions',
    'decisions',
    'entry',
    'exit',
    'openedAt',
    'positionId',
    'quantity',
    'realizedPnl',
    'status',
    'strategy',
    'symbol',
    'workflowIds',
  ]);
  expect(life).toMatchObject({ symbol: 'SPY', strategy: 'iron_condor', status: 'CLOSED' });
  expect(Date.parse(life.closedAt)).toBeGreaterThan(Date.parse(life.openedAt));
  for (const money of [life.realizedPnl, life.commissions, life.entry.netCredit, life.exit.netDebit]) {
    expect(money).toMatch(MONEY);
  }
  expect(life.exit.action).toBe('CLOSE');
  // Closed by a rule, and every decision is counted.
  expect(life.exit.rule).not.toMatch(/^manual/);
  expect(life.decisions[life.exit.rule]).toBeGreaterThanOrEqual(1);
  expect(life.workflowIds).toEqual([`entry-demo7`, `position-${life.positionId}`]);

  const fills: readonly FillReport[] = [...life.entry.fills, ...life.exit.fills];
  const contracts = (some: readonly FillReport[]) => some.reduce((sum, fill) => sum + fill.quantity, 0);
  expect(contracts(life.entry.fills)).toBe(life.quantity * 4);
  expect(contracts(life.exit.fills)).toBe(life.quantity * 4);
  expect(new Set(fills.map((fill) => fill.execId)).size).toBe(fills.length);
  const cents = (text: string | null) => Math.round(Number(text) * 100);
  const cash = fills.reduce(
    (sum, fill) => sum + (fill.side === 'SELL' ? 1 : -1) * fill.quantity * cents(fill.price) * 100,
    0,
  );
  const commissions = fills.reduce((sum, fill) => sum + cents(fill.commission), 0);
  expect(cents(life.commissions)).toBe(commissions);
  expect(cents(life.realizedPnl)).toBe(cash - commissions);
});
