/** A seed that cannot run for lack of a server leaves nothing behind, and the next one finds the servers running. */

import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Arena } from '../../chaos/arena.js';
import { planOf } from '../../chaos/plan.js';
import { startServers } from '../../chaos/servers.js';

test('an arena that cannot start stops its started parts, and the servers are repaired', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'legwork-infrastructure-'));
  chmodSync(dir, 0o755);
  const servers = await startServers(dir, () => undefined);
  try {
    const plan = planOf(1, { brief: true });
    const home = join(dir, 'seed');
    // The gateway is up by then; the client does not reach the database through the cut.
    servers.postgresRelay.cut();
    await expect(Arena.start(plan, servers, home)).rejects.toThrow(/Postgres/);
    expect(processesOf(home)).toEqual([]);
    await servers.killPostgres();
    await servers.killTemporal();
    await expect(Arena.start(plan, servers, home)).rejects.toThrow(/ECONNREFUSED/);
    expect(processesOf(home)).toEqual([]);

    await servers.mend();
    const arena = await Arena.start(plan, servers, home);
    expect(processesOf(home)).not.toEqual([]);
    await arena.stop();
    expect(processesOf(home)).toEqual([]);
  } finally {
    await servers.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}, 300_000);

/** Commands of the processes that work on files of a folder. */
function processesOf(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(commandOf)
    .filter((command) => command.includes(folder));
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
