/**
 * One script, two clients that know nothing of each other: @stoqey/ib at version 193 and ib_async at 178. Each runs it
 * against a gateway of its own with the same seed, must decode everything, and must have seen the same as the other.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GatewayHandle, startGateway } from '../../../src/gateway/index.js';
import { pythonWith, runScript } from './python.js';
import { type ClientRun, type ClientScript, runWithStoqey } from './stoqey-run.js';

const HERE = dirname(fileURLToPath(import.meta.url));
const SCRIPT = JSON.parse(readFileSync(join(HERE, 'script.json'), 'utf8')) as ClientScript;

const found = pythonWith('ib_async');
const withPython = 'python' in found ? it : it.skip;
const why = 'python' in found ? '' : ` (skipped: ${found.missing})`;

async function againstGateway(run: (gateway: GatewayHandle) => Promise<ClientRun>, file?: string): Promise<ClientRun> {
  const scenario = join(HERE, 'scenario.yaml');
  const options = { port: 0, controlPort: 0, seed: 5, stepped: true, scenario };
  const gateway = await startGateway(file === undefined ? options : { ...options, journal: file });
  try {
    const result = await run(gateway);
    const journal = gateway.journal();
    expect(journal.filter((entry) => entry.type === 'INTERNAL_ERROR')).toEqual([]);
    expect(journal.filter((entry) => 'unreadable' in entry.fields)).toEqual([]);
    // The Python clients write the number of options before the options, where the others do not.
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
  // How the end of the connection is noticed depends on the machine.
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

withPython(`is run by ib_async at version 178 without a decoding error, and shows the same${why}`, async () => {
  const run = await againstGateway(async ({ port, controlPort }) => {
    return (await runScript(found, 'ib_async_run.py', [port, controlPort, join(HERE, 'script.json')])) as ClientRun;
  });
  expect(run.decoderErrors).toEqual([]);
  expect(run.errors.filter((code) => code < 2_000)).toEqual([202]);
  if (!stoqey) throw new Error('the other client did not get to its end');
  expect(run.seen).toEqual({ ...stoqey.seen, version: 178 });
});
