/** Workers and commands of another build, on the parts of a world. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Part, startPart } from '../../src/stack/child.js';
import type { World } from './world.js';

/** Folder of the build that `world.startWorker` runs. */
export const THIS_BUILD = fileURLToPath(new URL('../../', import.meta.url));
const BIN = 'bin/legwork.mjs';

/** Builds this version into an empty folder with one more timer at the start of each run of a position: no open run has recorded it. */
export async function buildChanged(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const name of ['bin', 'dist', 'package.json'])
    cpSync(join(THIS_BUILD, name), join(folder, name), { recursive: true });
  symlinkSync(join(THIS_BUILD, 'node_modules'), join(folder, 'node_modules'));
  const file = join(folder, 'dist/workflows/position.js');
  const code = readFileSync(file, 'utf8');
  const changed = code.replace('async function run(position) {', (start) => `${start}\n    await sleep('10ms');`);
  if (changed === code) throw new Error(`${file} does not begin a run as expected`);
  writeFileSync(file, `import { sleep } from '@temporalio/workflow';\n${changed}`);
  await promisify(execFile)(process.execPath, ['dist/worker/build-bundle.js'], { cwd: folder });
}

/** Starts a worker of that build and waits until it writes the line. */
export async function startWorkerOf(
  world: World,
  folder: string,
  options: readonly string[] = [],
  line = 'broker session held',
): Promise<Part> {
  let isReady = false;
  const part = startPart({
    name: 'worker of another build',
    command: process.execPath,
    args: [join(folder, BIN), 'worker', ...options],
    options: { env: { ...process.env, NODE_OPTIONS: '', ...world.env }, cwd: world.dir },
    stopSignal: 'TERM',
    stopMs: 60_000,
    log: (_part, written) => world.log.push(written),
    onLine: (written) => {
      isReady ||= written.startsWith(line);
    },
  });
  await world.waitUntil(`another build writes "${line}"`, () => isReady, 60_000);
  return part;
}

/** A command of that build. */
export function commandOf(
  world: World,
  folder: string,
  args: readonly string[],
): Promise<{ readonly code: number; readonly stdout: string }> {
  const env = { ...process.env, NODE_OPTIONS: '', ...world.env };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(folder, BIN), ...args], { env, cwd: world.dir }, (error, stdout) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout }),
    );
  });
}

/** kill -9: nothing is handed over. */
export async function killPart(part: Part): Promise<void> {
  process.kill(part.pid, 'SIGKILL');
  await part.ended;
}
