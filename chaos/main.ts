/** `npm run chaos -- --seeds N [--seed S]`: the campaign from the command line. Exit code 1 when a seed failed, 2 for bad usage. */
import { parseArgs } from 'node:util';
import { openCampaign } from './campaign.js';
import { FAULT_KINDS, type FaultKind } from './fault-draw.js';
import { openLedger, treeHash } from './ledger.js';
import type { SeedReport } from './run-seed.js';
import {
  actTable,
  againLines,
  faultTable,
  notOpenedLines,
  notOpenedTable,
  seedLine,
  summary,
  violationLines,
} from './tables.js';

const USAGE = `npm run chaos -- [--seeds N] [--seed S] [--only kind,kind] [--brief] [--resume] [--keep]
  --seeds N   how many seeds, default 10
  --seed S    the first seed; with it alone, only this one
  --only K    only faults of these kinds: ${FAULT_KINDS.join(', ')}
  --brief     short seeds, as in npm test
  --resume    takes what was run on the same sources from .legwork/chaos instead of running it again
  --keep      keep journals, logs and databases in a temporary folder, and tell where`;

const LEDGERS = '.legwork/chaos';
/** Where what is tried comes from. */
const SOURCES = ['src', 'chaos', 'packages/ib-gateway/src', 'packages/market-time/src'];

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

export async function runChaos(argv: readonly string[]): Promise<number> {
  const asked = read(argv);
  if ('wrong' in asked) {
    process.stderr.write(`${asked.wrong}\n\n${USAGE}\n`);
    return 2;
  }
  const { seeds, only, brief, resume, keep } = asked;
  const tree = treeHash('.', SOURCES);
  const ledger = openLedger(LEDGERS, tree, { only, brief });
  say(`tree ${tree}`);
  const campaign = await openCampaign();
  const reports: SeedReport[] = [];
  let stopping = false;
  process.once('SIGINT', () => {
    say('Stopping after this seed ...');
    stopping = true;
  });
  try {
    for (const seed of seeds) {
      if (stopping) break;
      const known = resume ? ledger.get(seed) : undefined;
      if (known !== undefined) {
        reports.push(known);
        say(`${seedLine(known)} (run before)`);
        continue;
      }
      const report = await campaign.run(seed, { only, brief }, say);
      ledger.add(report);
      reports.push(report);
      for (const lines of [againLines, notOpenedLines, violationLines]) for (const line of lines(report)) say(line);
      say(seedLine(report));
    }
  } finally {
    await campaign.close(keep);
    if (keep) say(`kept: ${campaign.dir}`);
  }
  say(
    `\ntree ${tree}\n\n${faultTable(reports)}\n\n${actTable(reports)}\n\n${notOpenedTable(reports)}\n\n${summary(reports)}`,
  );
  return reports.every(({ violations }) => violations.length === 0) ? 0 : 1;
}

/** What was asked for, or the sentence that says which word is wrong. */
function read(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        seeds: { type: 'string' },
        seed: { type: 'string' },
        only: { type: 'string' },
        brief: { type: 'boolean', default: false },
        resume: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
      },
    });
    const first = whole('--seed', values.seed ?? '1');
    const count = whole('--seeds', values.seeds ?? (values.seed === undefined ? '10' : '1'));
    const only = (values.only?.split(',') ?? []).map((name) => {
      const kind = FAULT_KINDS.find((one) => one === name);
      if (kind === undefined) throw new RangeError(`--only: "${name}" is not allowed; expected kinds of faults.`);
      return kind;
    });
    const seeds = Array.from({ length: count }, (_, index) => first + index);
    const { brief, resume, keep } = values;
    return { seeds, only: only satisfies readonly FaultKind[], brief, resume, keep };
  } catch (error) {
    return { wrong: (error as Error).message };
  }
}

function whole(name: string, text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new RangeError(`${name}: "${text}" is not allowed; expected a whole number from 1 to 99999.`);
}
