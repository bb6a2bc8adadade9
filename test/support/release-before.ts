/**
 * The commit before, built beside this one: `LEGWORK_BEFORE` names it, else the parent of HEAD. It uses the installed dependencies
 * of this checkout, and its own packages.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OWN_PACKAGES: readonly string[] = ['ib-gateway', 'market-time'];
const run = promisify(execFile);

/** Its full hash; undefined without git or without that commit, as in a checkout without history. */
export function commitBefore(): string | undefined {
  const name = process.env.LEGWORK_BEFORE ?? 'HEAD~1';
  try {
    const args = ['rev-parse', '--verify', '--quiet', `${name}^{commit}`];
    return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/** Checks the commit out into an empty folder and builds it. */
export async function buildBefore(commit: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const archive = join(folder, 'source.tar');
  await run('git', ['archive', '--output', archive, commit], { cwd: ROOT });
  await run('tar', ['-xf', archive], { cwd: folder });
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    const aim = OWN_PACKAGES.includes(name) ? join(folder, 'packages', name) : join(ROOT, 'node_modules', name);
    symlinkSync(aim, join(modules, name));
  }
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const node = (...args: readonly string[]) => run(process.execPath, args, { cwd: folder });
  await node(compiler, '-b', 'packages/ib-gateway');
  // Declarations would name types of linked packages by their paths.
  await node(compiler, '-p', 'tsconfig.build.json', '--declaration', 'false', '--declarationMap', 'false');
  await node('dist/worker/build-bundle.js');
}
