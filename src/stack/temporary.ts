/** A folder for a stack that leaves nothing behind. */
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Creates one under the system's temporary folder. Others may enter it, since an embedded Postgres started by root runs as
 * another user and would otherwise keep its data elsewhere; secret files in it have their own mode.
 */
export function temporaryFolder(name: string): string {
  const dir = mkdtempSync(join(tmpdir(), `legwork-${name}-`));
  chmodSync(dir, 0o755);
  return dir;
}
