/** The packed Legwork on its own: installed in an empty folder, its command and its imports work. Slow: it downloads. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'legwork-pack-'));
  // The workspace is built already; `prepare` would build it again.
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT });
  await run('npm', ['pack', '--pack-destination', folder], { cwd: join(ROOT, 'packages/market-time') });
  const tarballs = readdirSync(folder).map((name) => join(folder, name));
  expect(tarballs).toHaveLength(2);
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs], { cwd: folder });
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the command runs', async () => {
  const { stdout } = await run('npx', ['legwork', 'gateway', '--list', '--json'], { cwd: folder });
  expect(JSON.parse(stdout).scenarios.length).toBeGreaterThan(5);
});

test('programs import the client, the stack and the calendar by their names', async () => {
  const program = `
    const { connectClient } = await import('legwork');
    const { startPostgres } = await import('legwork/stack');
    const { isTradingDay, parseDay } = await import('market-time');
    console.log(typeof connectClient, typeof startPostgres, isTradingDay(parseDay('20261125')));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: folder });
  expect(stdout.trim()).toBe('function function true');
});
