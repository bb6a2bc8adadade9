// npm run bench -- watch [positions] [closes]: many positions under watch, and how long a person's close takes to leave.
// Prints ratios within this run beside the times, since machines differ.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectClient } from '../../dist/client/client.js';
import { startStack } from '../../dist/stack/stack.js';
import { temporaryFolder } from '../../dist/stack/temporary.js';

const POSITIONS = Number(process.argv[2] ?? 150);
const CLOSES = Number(process.argv[3] ?? 10);

const SETTINGS = `
entry: { positionsPerSymbolMax: 1000 }
risk: { maxLossTotalPct: 1, ordersPerMinuteMax: 1000, positionsMax: 1000, buyingPowerUsePct: 1 }
orders: { walk: { normal: { steps: 3, stepSeconds: 1 } }, entryWorstShare: 1 }
rules: { deltaRisk: { enabled: false } }
watch: { positionsMax: 1000 }
`;
/** Whatever the account: the bench asks for more positions than a small one could carry. */
const SCENARIO = `
about: a large account for the bench
exchange: { cash: 50000000 }
`;

const dir = temporaryFolder('bench');
const file = (name, text) => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};
const config = file('legwork.yaml', SETTINGS);
const journal = join(dir, 'journal.jsonl');
const stack = await startStack({
  dir,
  given: {},
  gateway: { seed: 1, speed: 1, scenario: file('bench.yaml', SCENARIO), journal },
  workerEnv: { LEGWORK_CONFIG: config },
});
const { temporal, databaseUrl } = stack;
const client = connectClient({
  cwd: dir,
  env: { TEMPORAL_ADDRESS: temporal.address, DATABASE_URL: databaseUrl, LEGWORK_CONFIG: config },
});
try {
  const store = await client.store();
  const first = await closeTimes(1, 1);
  await enterMany(POSITIONS - 1);
  const many = await closeTimes(CLOSES, POSITIONS);
  const p50 = quantile(many, 0.5);
  console.log('| positions watched | closes | p50 ms | max ms | p50 against one position |');
  console.log('| --- | --- | --- | --- | --- |');
  console.log(`| 1 | 1 | ${first[0]} | ${first[0]} | 1.0 |`);
  console.log(
    `| ${POSITIONS} | ${CLOSES} | ${p50} | ${Math.max(...many)} | ${(p50 / Math.max(1, first[0])).toFixed(1)} |`,
  );

  async function enterMany(count) {
    const began = performance.now();
    for (let left = count, batch = 0; left > 0; batch++) {
      const size = Math.min(10, left);
      left -= size;
      const results = await Promise.all(Array.from({ length: size }, (_, index) => enter(`b${batch}x${index}`)));
      const missed = results.filter((result) => result.status !== 'OPENED');
      if (missed.length > 0) console.error(`${missed.length} not opened: ${missed[0].reasons.join(' ')}`);
    }
    console.error(`${count} positions entered in ${Math.round((performance.now() - began) / 1000)} s`);
  }

  async function enter(entryId) {
    const asked = await client.enter({
      entryId,
      symbol: 'SPY',
      strategyType: 'iron_condor',
      quantity: 1,
      pricing: { kind: 'market' },
      set: {},
      dryRun: false,
      ignoreSignal: true,
    });
    return (await asked.wait({ timeoutMs: 120_000 })).value ?? { status: 'TIMEOUT', reasons: [] };
  }

  async function closeTimes(closes, watched) {
    if (watched === 1) await enter('first');
    const open = await store.executions.get_open_strategies();
    await until(async () => {
      const seen = await Promise.all(open.map((row) => store.snapshots.latest(row.positionId)));
      return seen.every((snapshot) => snapshot !== undefined);
    });
    const times = [];
    for (const { positionId } of open.slice(0, closes)) {
      const asked = Date.now();
      const under = await client.close(positionId);
      const placed = await untilValue(() => placedAt(positionId));
      times.push(placed - asked);
      await under.wait({ timeoutMs: 120_000 });
    }
    return times;
  }

  /** Wall time of the closing order's frame, from the gateway's journal. */
  function placedAt(positionId) {
    const lines = readFileSync(journal, 'utf8').split('\n');
    for (const line of lines) {
      if (!line.includes('PLACE_ORDER') || !line.includes(`LW|${positionId}|2|combo|1`)) continue;
      const entry = JSON.parse(line);
      if (entry.type === 'PLACE_ORDER') return entry.wall;
    }
    return undefined;
  }
} finally {
  await client.disconnect();
  await stack.stop();
  rmSync(dir, { recursive: true, force: true });
}

async function until(holds) {
  const end = performance.now() + 180_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function untilValue(value) {
  let found;
  await until(async () => {
    found = value();
    return found !== undefined;
  });
  return found;
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
