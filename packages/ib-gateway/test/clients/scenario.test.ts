/**
 * One script, four clients: IB's own Python client at version 200, @stoqey/ib at 193, ib_async at 178, ib_insync at 176. Each runs
 * it against a gateway of its own with the same seed, must decode everything, and must have seen the same as the others.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type GatewayHandle, startGateway } from '../../src/index.js';
import { TIMEOUT_FACTOR } from '../support/timeout-factor.js';
import { type PythonClient, pythonWith } from './python.js';
import { type ClientRun, type ClientScript, runWithStoqey } from './stoqey-run.js';

const HERE = dirname(fileURLToPath(import.meta.url));
const RUN_MS = 60_000 * TIMEOUT_FACTOR;

const SCRIPT_FILE = join(HERE, 'script.json');
const SCRIPT = JSON.parse(readFileSync(SCRIPT_FILE, 'utf8')) as ClientScript;
const OPTIONS = { port: 0, seed: 5, stepped: true, scenario: join(HERE, 'scenario.yaml') } as const;

/** How a test with a Python client runs: without one it is skipped, with the reason in its name. */
function withPython(name: PythonClient): {
  readonly run: typeof it | typeof it.skip;
  readonly why: string;
  readonly python: string;
} {
  const found = pythonWith(name);
  if ('python' in found) return { run: it, why: '', python: found.python };
  return { run: it.skip, why: ` (skipped: ${found.missing})`, python: '' };
}

/** Runs a script of this folder; returns its output as JSON. */
async function scriptOf<T>(python: string, script: string, ...args: readonly (string | number)[]): Promise<T> {
  const all = [join(HERE, script), ...args.map(String)];
  const { stdout } = await promisify(execFile)(python, all, { timeout: RUN_MS });
  return JSON.parse(stdout) as T;
}

async function againstGateway(run: (gateway: GatewayHandle) => Promise<ClientRun>, file?: string): Promise<ClientRun> {
  const options = { ...OPTIONS, controlPort: 0 };
  const gateway = await startGateway(file === undefined ? options : { ...options, journal: file });
  try {
    const result = await run(gateway);
    const journal = gateway.journal();
    expect(journal.filter((entry) => entry.type === 'INTERNAL_ERROR')).toEqual([]);
    expect(journal.filter((entry) => 'unreadable' in entry.fields)).toEqual([]);
    // The Python clients write the number of options before the options; the others do not.
    const surplus = journal.filter((entry) => 'surplusTokens' in entry.fields && !entry.type.startsWith('REQ_CALC_'));
    expect(surplus).toEqual([]);
    return result;
  } finally {
    await gateway.close();
  }
}

let stoqey: ClientRun | undefined;
const folder = mkdtempSync(join(tmpdir(), 'legwork-clients-'));
afterAll(() => rmSync(folder, { recursive: true }));

const stoqeyRun = (file: string): Promise<ClientRun> =>
  againstGateway((gateway) => runWithStoqey(gateway.port, gateway.controlPort ?? 0, SCRIPT), join(folder, file));

it('is run by @stoqey/ib at version 193 without a decoding error', async () => {
  stoqey = await stoqeyRun('first.jsonl');
  const { seen, decoderErrors, errors } = stoqey;
  expect(decoderErrors).toEqual([]);
  // The confirmation of the cancel is the only error of the whole run.
  expect(errors).toEqual([202]);
  expect(seen).toMatchObject({
    version: 193,
    accounts: ['DU1000000'],
    fills: [SCRIPT.quantity / 2, SCRIPT.quantity],
    bracket: ['Submitted', 'PreSubmitted', 'PreSubmitted'],
    open: 3,
    cancelled: ['Cancelled', 'Cancelled', 'Cancelled'],
    summary: ['BuyingPower', 'InitMarginReq', 'NetLiquidation'],
    ...{ histogram: true, depth: true, implied: true, price: true, streams: [true, true] },
    ...{ lastTicks: 5, midTicks: 5, rule: [[0, 0.01]] },
  });
  const [long, short] = seen.legs as number[];
  // Two fills of the combo, each with its two legs.
  expect((seen.executions as unknown[]).length).toBe(6);
  expect(seen.positions).toEqual(
    [
      [long, SCRIPT.quantity],
      [short, -SCRIPT.quantity],
    ].sort((left, right) => Number(left[0]) - Number(right[0])),
  );
  expect(seen.portfolio).toEqual(seen.positions);
  expect(seen.commissions).toBeGreaterThan(0);
  for (const [bid, ask, delta] of seen.quotes as number[][]) {
    expect(Number(ask)).toBeGreaterThan(Number(bid));
    expect(Number(delta)).toBeLessThan(0);
  }
});

it('leaves the same journal, byte for byte, when it is run again', async () => {
  await stoqeyRun('second.jsonl');
  // The way a client notices the end of the connection depends on the machine.
  const [first = [], second = []] = ['first.jsonl', 'second.jsonl'].map((file) =>
    readFileSync(join(folder, file), 'utf8')
      .split('\n')
      .filter((line) => !line.includes('"CLOSE"')),
  );
  expect(first.length).toBeGreaterThan(500);
  const different = first.findIndex((line, index) => line !== second[index]);
  expect([different, first[different]]).toEqual([different, second[different]]);
  expect(second).toHaveLength(first.length);
});

for (const [name, version] of [
  ['ib_async', 178],
  ['ib_insync', 176],
] as const) {
  const { run, why, python } = withPython(name);
  run(`is run by ${name} at version ${version} without a decoding error, and shows the same${why}`, async () => {
    const { seen, decoderErrors, errors } = await againstGateway((gateway) =>
      scriptOf<ClientRun>(python, 'insync_run.py', name, gateway.port, gateway.controlPort ?? 0, SCRIPT_FILE),
    );
    expect(decoderErrors).toEqual([]);
    expect(errors.filter((code) => code < 2_000)).toEqual([202]);
    if (!stoqey) throw new Error('the other client did not get to its end');
    expect(seen).toEqual({ ...stoqey.seen, version });
  });
}

const ibapi = withPython('ibapi');
ibapi.run(
  `is run by IB's own Python client at version 200 without a decoding error, and shows the same${ibapi.why}`,
  async () => {
    const { seen, decoderErrors, errors } = await againstGateway((gateway) =>
      scriptOf<ClientRun>(ibapi.python, 'ibapi_run.py', gateway.port, gateway.controlPort ?? 0, SCRIPT_FILE),
    );
    expect([decoderErrors, errors]).toEqual([[], [202]]);
    if (!stoqey) throw new Error('the other client did not get to its end');
    expect(seen).toEqual({ ...stoqey.seen, version: 200 });
  },
);

describe('A2: a combo that is changed', () => {
  interface Changed {
    readonly version: number;
    /** The price that the broker shows after each step, and its errors. */
    readonly steps: readonly { readonly price: number; readonly errors: readonly number[] }[];
  }
  const { prices: PRICES } = SCRIPT.combo;
  const STEPS: Changed['steps'] = [
    { price: PRICES[0], errors: [] },
    { price: PRICES[0], errors: [105] },
    { price: PRICES[2], errors: [] },
  ];
  const runs = [
    ['ib_async', 'change_combo_insync.py', ['ib_async'], 178],
    ['ib_insync', 'change_combo_insync.py', ['ib_insync'], 176],
    ['ibapi', 'change_combo_ibapi.py', [], 200],
  ] as const;
  for (const [name, script, first, version] of runs) {
    const { run, why, python } = withPython(name);
    run(`is refused to ${name} with 105 as it was placed, and taken as openOrder showed it${why}`, async () => {
      const gateway = await startGateway({ ...OPTIONS, controlPort: 0 });
      try {
        const args = [...first, gateway.port, gateway.controlPort ?? 0, SCRIPT_FILE];
        expect(await scriptOf<Changed>(python, script, ...args)).toEqual({ version, steps: STEPS });
      } finally {
        await gateway.close();
      }
    });
  }
});
