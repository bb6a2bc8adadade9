/**
 * A Python with ib_async in it: a virtual environment that is made once and kept in node_modules/.cache.
 *
 * LEGWORK_IB_ASYNC_PYTHON names another interpreter that has the package. Without Python 3, or without a way to install the
 * package, there is none, and the reason is given; in continuous integration (CI set) that is an error.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = 'ib_async==2.1.0';
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const FOLDER = join(ROOT, 'node_modules', '.cache', 'legwork-ib-async');
const INSTALL_MS = 300_000;

export type PythonFound = { readonly python: string } | { readonly missing: string };

function run(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore', timeout: INSTALL_MS });
    return true;
  } catch {
    return false;
  }
}

function find(): PythonFound {
  const given = process.env.LEGWORK_IB_ASYNC_PYTHON;
  if (given) return { python: given };
  const windows = process.platform === 'win32';
  const python = windows ? join(FOLDER, 'Scripts', 'python.exe') : join(FOLDER, 'bin', 'python');
  const done = join(FOLDER, `${PACKAGE}.done`);
  if (existsSync(done) && existsSync(python)) return { python };
  const system = ['python3', 'python'].find((name) =>
    run(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))']),
  );
  if (!system) return { missing: 'there is no Python 3.10 or later on this machine' };
  mkdirSync(dirname(FOLDER), { recursive: true });
  if (!run(system, ['-m', 'venv', FOLDER])) return { missing: 'Python cannot make a virtual environment (venv)' };
  if (!run(python, ['-m', 'pip', 'install', '--quiet', '--retries', '1', PACKAGE]))
    return { missing: `pip cannot install ${PACKAGE}` };
  writeFileSync(done, '');
  return { python };
}

/** The interpreter, or why there is none. Throws in continuous integration when there is none. */
export function pythonWithIbAsync(): PythonFound {
  const found = find();
  if ('missing' in found && process.env.CI) throw new Error(`ib_async must be tested here, but ${found.missing}`);
  return found;
}
