/** What must never happen: an order in a live account, an order that outlives its check, a session taken from the worker. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { legwork } from '../client/support.js';
import { check, environment, gatewayAt, orderFrames, until, working } from './support.js';

const COMMAND = fileURLToPath(new URL('../../bin/legwork.mjs', import.meta.url));
const MINUTE = 60_000;

describe('a live account', () => {
  test.each([4001, 7496])('port %d is refused with 3 before anything connects', async (port) => {
    const { status, err, json } = await legwork(['paper-check', '--json'], { env: { IB_PORT: String(port) } });
    expect(status).toBe(3);
    expect(err).toMatch(/live trading/);
    expect(json()).toMatchObject({ error: { code: 'LIVE_GUARD' } });
  });

  test('a live port is refused even when the configuration allows it', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'legwork-check-'));
    try {
      await writeFile(
        join(cwd, 'legwork.yaml'),
        'ib: { port: 7496, allowedPorts: [7496], accounts: [U7654321], live: U7654321 }\n',
      );
      const { status, json } = await legwork(['paper-check', '--json'], { cwd });
      expect(status).toBe(3);
      expect(json()).toMatchObject({ error: { code: 'LIVE_GUARD' } });
    } finally {
      await rm(cwd, { recursive: true });
    }
  });

  test.each([
    ['a live account', ['U1234567']],
    ['two accounts', ['DU1000000', 'DU2000000']],
    ['a live one among paper ones', ['DU1000000', 'U1234567']],
  ])('%s behind an allowed port is refused with 3, and no order frame leaves', async (_what, accounts) => {
    const gateway = await gatewayAt(30, { accounts });
    try {
      const { status, err, out } = await check(gateway, ['--fill']);
      expect(status).toBe(3);
      expect(err).toMatch(/account/);
      expect(out + err).not.toMatch(/U\d\d/);
      expect(gateway.journal().flatMap(({ dir, type }) => (dir === 'in' ? [type] : []))).toEqual(['START_API']);
    } finally {
      await gateway.close();
    }
  });
});

describe('usage', () => {
  test.each([
    [['--client-id', '17'], /client-id: 17 is not allowed.*worker's/],
    [['--client-id', '16'], /client-id: 16 is not allowed/],
    [
      ['--report', '/no/such/folder/x.md'],
      /--report: .* is not allowed; expected a file that can be written \(ENOENT\)/,
    ],
    [['--capture', '/no/such/folder/x.jsonl'], /--capture: .*ENOENT/],
    [['--card', 'nosuch'], /--card: "nosuch" is not allowed; expected one of session-version/],
  ])('%j ends with 2', async (argv, sentence) => {
    const { status, err } = await legwork(['paper-check', ...argv], { env: { IB_PORT: '4002' } });
    expect(err).toMatch(sentence);
    expect(status).toBe(2);
  });

  test('nothing at the port ends with 4', async () => {
    const { status, json } = await legwork(['paper-check', '--json'], { env: { IB_PORT: '1' } });
    expect(status).toBe(4);
    expect(json()).toMatchObject({ error: { code: 'BROKER_UNREACHABLE' } });
  });

  test('a client id in use ends with 4 and says so', async () => {
    const gateway = await gatewayAt(30);
    try {
      gateway.fault({ kind: 'idInUse', clientId: 971, ms: 60 * MINUTE });
      const { status, err } = await check(gateway);
      expect(err).toMatch(/client id 971 is in use/);
      expect(status).toBe(4);
      expect(orderFrames(gateway)).toBe(0);
    } finally {
      await gateway.close();
    }
  });
});

describe('an early end', () => {
  test('Ctrl-C cancels working orders, and the remaining cards say why', async () => {
    const gateway = await gatewayAt(10);
    const stop = new AbortController();
    try {
      const running = check(gateway, ['--card', 'limit-twenty', '--card', 'good-till-ends'], {
        interruption: stop.signal,
      });
      await until('orders work', async () => orderFrames(gateway) > 0 && (await working(gateway)).length > 0);
      stop.abort();
      const { status, cards, left } = await running;
      expect(status).toBe(1);
      expect(left).toEqual([]);
      expect(cards.at(-1)).toMatchObject({ verdict: 'not_tried', reason: 'The run was interrupted.' });
      expect(await working(gateway)).toEqual([]);
    } finally {
      await gateway.close();
    }
  });

  test('after a kill the orders expire within five market minutes', async () => {
    const gateway = await gatewayAt(20);
    try {
      // Some work at the kill: it comes only then, and no cancel has arrived.
      await killed(gateway, ['--card', 'limit-twenty']);
      const killedAt = gateway.now();
      for (const { type, fields } of gateway.journal())
        if (type === 'PLACE_ORDER') expect(fields).toMatchObject({ tif: 'GTD', quantity: 1 });
      await until('five minutes have passed', () => gateway.now() > killedAt + 5 * MINUTE);
      expect(await working(gateway)).toEqual([]);
    } finally {
      await gateway.close();
    }
  });

  test('after a kill the next run cancels the remaining orders, those of the second client id too', async () => {
    const gateway = await gatewayAt(1);
    try {
      await killed(gateway, ['--card', 'ids-other-listed']);
      expect(await working(gateway)).toEqual([expect.stringMatching(/^LWCHECK\|/)]);
      const { status, err } = await check(gateway, ['--card', 'session-version']);
      expect(err).toMatch(/earlier run/);
      expect(status).toBe(0);
      expect(await working(gateway)).toEqual([]);
    } finally {
      await gateway.close();
    }
  });

  test('a gateway that ends the connection is reported with 4, and a new session cancels the working orders', async () => {
    const gateway = await gatewayAt(10);
    try {
      const running = check(gateway, ['--card', 'good-till-ends', '--card', 'combo-accepted']);
      await until('an order works', async () => orderFrames(gateway) > 0 && (await working(gateway)).length > 0);
      gateway.fault({ kind: 'drop' });
      const { status, left } = await running;
      expect(status).toBe(4);
      expect(left).toEqual([]);
      expect(await working(gateway)).toEqual([]);
    } finally {
      await gateway.close();
    }
  });
});

/** Starts the command as a process and kills it once an order works or a condition holds; until then its cancels are lost. */
async function killed(
  gateway: Awaited<ReturnType<typeof gatewayAt>>,
  argv: readonly string[],
  when: () => boolean | Promise<boolean> = async () => orderFrames(gateway) > 0 && (await working(gateway)).length > 0,
): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), 'legwork-check-'));
  const child = spawn(process.execPath, [COMMAND, 'paper-check', ...argv], {
    cwd,
    env: { ...process.env, ...environment(gateway) },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  // A run that ends before it is killed would leave nothing.
  gateway.fault({ kind: 'failNext', request: 'CANCEL_ORDER', n: 1_000 });
  try {
    await until('it is time to kill', when);
  } finally {
    child.kill('SIGKILL');
    await ended;
    gateway.fault({ kind: 'clear' });
    await rm(cwd, { recursive: true });
  }
}

describe('the purchase of --fill', () => {
  const held = (gateway: Awaited<ReturnType<typeof gatewayAt>>) =>
    gateway.positions().filter(({ quantity }) => quantity !== 0);

  test('is sold back even when the card that would do it is not tried', async () => {
    const gateway = await gatewayAt(10);
    try {
      const { status, positions, of } = await check(gateway, ['--fill', '--card', 'fill-executions']);
      expect(of('agrees')).toEqual(['fill-executions']);
      expect(positions).toEqual([]);
      expect(held(gateway)).toEqual([]);
      expect(status).toBe(0);
    } finally {
      await gateway.close();
    }
  });

  test('left by a killed run is reported without --fill, and sold back with it', async () => {
    const gateway = await gatewayAt(3);
    try {
      // A run that knows nothing of its fill sells nothing before it is killed.
      gateway.fault({ kind: 'omit', message: 'EXECUTION_DATA', n: 1_000 });
      await killed(gateway, ['--fill', '--card', 'fill-executions'], () => held(gateway).length === 2);
      const told = await check(gateway, ['--card', 'combo-accepted']);
      expect(told.positions).toHaveLength(2);
      expect(told.status).toBe(1);
      const { status, positions } = await check(gateway, ['--fill', '--card', 'combo-accepted']);
      expect(positions).toEqual([]);
      expect(held(gateway)).toEqual([]);
      expect(status).toBe(0);
    } finally {
      await gateway.close();
    }
  });
});

describe('a capture', () => {
  test('has every frame in both directions, and no account', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'legwork-check-'));
    const gateway = await gatewayAt(30, { accounts: ['DU7654321'] });
    try {
      const [capture, report] = [join(folder, 'check.jsonl'), join(folder, 'check.md')];
      const argv = ['--card', 'combo-accepted', '--card', 'combo-echo', '--capture', capture, '--report', report];
      const { status, of } = await check(gateway, argv);
      expect(of('agrees')).toEqual(['combo-accepted', 'combo-echo']);
      expect(status).toBe(0);
      const text = readFileSync(capture, 'utf8');
      expect(text).not.toMatch(/7654321/);
      expect(text).toMatch(/"DU0000001"/);
      const lines = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { dir: string; tokens: string[] });
      const journal = gateway.journal();
      for (const dir of ['in', 'out'] as const) {
        // The client's `out` is the gateway's `in`.
        const seen = lines.filter((line) => line.dir === dir).length;
        expect(seen).toBe(
          journal.filter((entry) => entry.dir === (dir === 'in' ? 'out' : 'in') && entry.clientId !== 5).length,
        );
      }
      expect(readFileSync(report, 'utf8')).toMatch(/\| combo-echo \| agrees \|/);
    } finally {
      await gateway.close();
      await rm(folder, { recursive: true });
    }
  });
});
