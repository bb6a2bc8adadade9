/** A folder for a stack that leaves nothing behind. */
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Makes one under the system's temporary folder. It may be entered by others, since an embedded Postgres started by root runs
 * as another user and would otherwise keep its data elsewhere; what is secret in it has its own mode.
 */
export function temporaryFolder(name: string): string {
  const dir = mkdtempSync(join(tmpdir(), `legwork-${name}-`));
  chmodSync(dir, 0o755);
  return dir;
}
