/**
 * The bundle of the workflow code, made by the first test file that needs it: webpack takes some three seconds of a core. It is
 * kept under the hash of all that goes into it, so that no run and no branch sees another's.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BundleKind, bundleWorkflows } from '../../../src/worker/bundle.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const CACHE = join(ROOT, 'node_modules', '.cache');
/** Folders of `src` that workflows may import; the packages are those of the lock file. */
const FOLDERS = ['workflows', 'contract', 'domain'];

export async function bundledOnce(kind: BundleKind = 'plain'): Promise<{ readonly code: string }> {
  const file = join(CACHE, `legwork-workflows-${kind}-${inputs()}.js`);
  if (!existsSync(file)) {
    const { code } = await bundleWorkflows(kind);
    mkdirSync(CACHE, { recursive: true });
    // Whole or not at all: another test file may make it at the same time.
    writeFileSync(`${file}.${process.pid}`, code);
    renameSync(`${file}.${process.pid}`, file);
  }
  return { code: readFileSync(file, 'utf8') };
}

function inputs(): string {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  for (const folder of FOLDERS) {
    for (const name of readdirSync(join(ROOT, 'src', folder), { recursive: true, encoding: 'utf8' }).sort()) {
      if (name.endsWith('.ts'))
        hash.update(`\0${folder}/${name}\0`).update(readFileSync(join(ROOT, 'src', folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 24);
}
