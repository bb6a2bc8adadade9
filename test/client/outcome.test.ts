import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseQuantity, parseRatio, parseSet, parseSymbol } from '../../src/cli/arguments.js';
import { failureOf } from '../../src/cli/failure.js';
import { resolveEndpoints, statusOfEntry, statusOfExit } from '../../src/client/index.js';
import { newId } from '../../src/client/new-id.js';
import { ERRORS, InvalidInput, LegworkError } from '../../src/domain/errors.js';
import { nearest } from '../../src/domain/nearest.js';

describe('exit statuses', () => {
  it('follow the outcome of an exit', () => {
    const of = (result: Parameters<typeof statusOfExit>[0]['result'], code?: string) =>
      statusOfExit({ result, ...(code !== undefined && { code }) });
    expect(
      ['CLOSED', 'REDUCED', 'ROLLED', 'NO_ACTION', 'ALREADY_CLOSED'].map((result) => of(result as 'CLOSED')),
    ).toEqual([0, 0, 0, 0, 0]);
    expect(of('REFUSED', 'TRADING_HALTED')).toBe(3);
    expect(of('REFUSED', 'PARKED')).toBe(5);
    expect(of('PARKED')).toBe(5);
    expect(of('FAILED')).toBe(1);
    expect(of('FAILED', 'NOT_FOUND')).toBe(2);
    expect(of('CLOSED', 'NO_SUITABLE_CONTRACT')).toBe(3);
  });

  it('follow the outcome of an entry, by the catalogue', () => {
    expect(statusOfEntry({ status: 'OPENED' })).toBe(0);
    expect(statusOfEntry({ status: 'DRY_RUN' })).toBe(0);
    expect(statusOfEntry({ status: 'FAILED' })).toBe(1);
    for (const [code, { exitCode }] of Object.entries(ERRORS)) {
      expect(statusOfEntry({ status: 'NOT_ENTERED', code })).toBe(exitCode);
    }
    expect(statusOfEntry({ status: 'NOT_ENTERED', code: 'no such code' })).toBe(3);
  });
});

describe('failures', () => {
  it('are found in the causes, and are one sentence without a stack', () => {
    const inner = new LegworkError('LIVE_GUARD', 'The account is not allowed.\n    at somewhere');
    const { code, message, exitStatus } = failureOf(new Error('outer', { cause: inner }));
    expect({ code, message, exitStatus }).toEqual({
      code: 'LIVE_GUARD',
      message: 'The account is not allowed.',
      exitStatus: 3,
    });
  });

  it("from Temporal keep the activity's code", () => {
    const failure = Object.assign(new Error('No such underlying'), {
      name: 'ApplicationFailure',
      type: 'UNKNOWN_SYMBOL',
    });
    expect(failureOf(new Error('Workflow execution failed', { cause: failure }))).toEqual({
      code: 'UNKNOWN_SYMBOL',
      message: 'No such underlying.',
      exitStatus: 2,
    });
  });

  it('of the connection are unreachable, anything else is a broken invariant', () => {
    expect(failureOf(Object.assign(new Error('14 UNAVAILABLE'), { code: 14, details: '' })).exitStatus).toBe(4);
    expect(failureOf(new TypeError('x is not a function'))).toMatchObject({ code: 'INVARIANT_BROKEN', exitStatus: 1 });
    expect(failureOf('text')).toMatchObject({ code: 'INVARIANT_BROKEN', message: 'text.' });
  });
});

describe('arguments', () => {
  it('accept exactly positive whole quantities', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.double(), fc.string()), (value) => {
        const text = String(value);
        if (/^[0-9]{1,6}$/.test(text.trim()) && Number(text) >= 1) expect(parseQuantity(text)).toBe(Number(text));
        else expect(() => parseQuantity(text)).toThrow(InvalidInput);
      }),
    );
  });

  it('accept ratios strictly between 0 and 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: -200, max: 300 }), (hundredths) => {
        const text = (hundredths / 100).toFixed(2);
        if (hundredths > 0 && hundredths < 100) expect(parseRatio(text)).toBe(hundredths / 100);
        else expect(() => parseRatio(text)).toThrow(InvalidInput);
      }),
    );
  });

  it('accept symbols in any case', () => {
    expect(parseSymbol(' spy ')).toBe('SPY');
    for (const text of ['brk.b', 'BRK B', 'BRK/B']) expect(parseSymbol(text)).toBe('BRK B');
    for (const text of ['', 'SPY;DROP', '-x', 'A/B']) expect(() => parseSymbol(text)).toThrow(InvalidInput);
  });

  it('read settings of the strategy section and nothing else', () => {
    expect(parseSet(['dte=40', 'ironCondor.shortDelta = 0.2', 'allowAmSettled=true'])).toEqual({
      dte: '40',
      'ironCondor.shortDelta': '0.2',
      allowAmSettled: 'true',
    });
    for (const pair of ['dte', '=4', 'dte=', 'ib.port=4001', 'ironCondor=1', 'dte=4.5', 'allowAmSettled=maybe']) {
      expect(() => parseSet([pair])).toThrow(LegworkError);
    }
  });

  it('suggest a name only when it is close', () => {
    expect(nearest('shortDleta', ['shortDelta', 'widthPct'])).toBe('shortDelta');
    expect(nearest('colour', ['shortDelta', 'widthPct'])).toBeUndefined();
  });

  it('make ids that an entry can have', () => {
    const ids = Array.from({ length: 100 }, newId);
    expect(new Set(ids).size).toBe(100);
    for (const id of ids) expect(id).toMatch(/^[0-9a-z]{8}$/);
  });
});

describe('the target', () => {
  let cwd: string;
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'legwork-target-'));
  });
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));

  const writeStack = (pid: number, folder = join(cwd, '.legwork')) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'stack.json'),
      JSON.stringify({
        pid,
        startedAt: '2026-03-02T15:00:00Z',
        temporal: { address: '127.0.0.1:7233', uiUrl: 'http://127.0.0.1:8233', namespace: 'own' },
        database: { url: 'postgres://stack/legwork' },
        gateway: { host: '127.0.0.1', port: 4555, controlPort: 4556 },
        accountAlias: 'sim',
      }),
    );
  };

  it('is a running stack by default', () => {
    writeStack(process.pid);
    expect(resolveEndpoints({ cwd, env: {} })).toMatchObject({
      temporal: { address: '127.0.0.1:7233', namespace: 'own' },
      databaseUrl: 'postgres://stack/legwork',
      accountAlias: 'sim',
      broker: { host: '127.0.0.1', port: 4555 },
    });
  });

  it('is the environment first', () => {
    writeStack(process.pid);
    const target = resolveEndpoints({ cwd, env: { TEMPORAL_ADDRESS: 'env:7233', IB_PORT: '4777' } });
    expect(target.temporal).toEqual({ address: 'env:7233', namespace: 'default' });
    expect(target.databaseUrl).toBe('postgres://stack/legwork');
    expect(target.accountAlias).toBe('paper');
    expect(target.broker.port).toBe(4777);
  });

  it('finds the stack under LEGWORK_HOME', () => {
    writeStack(process.pid, join(cwd, 'home'));
    expect(resolveEndpoints({ cwd: '/', env: { LEGWORK_HOME: join(cwd, 'home') } }).accountAlias).toBe('sim');
  });

  it('is undefined when the stack is dead or its file is incomplete', () => {
    writeStack(2 ** 30);
    expect(resolveEndpoints({ cwd, env: {} }).temporal).toBeUndefined();
    writeFileSync(join(cwd, '.legwork', 'stack.json'), '{"pid":');
    expect(resolveEndpoints({ cwd, env: {} }).stack).toBeUndefined();
  });
});
