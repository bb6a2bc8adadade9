/**
 * A Python with a client of IB in it: a virtual environment for each, made once and kept in node_modules/.cache.
 *
 * LEGWORK_<NAME>_PYTHON, for example LEGWORK_IB_ASYNC_PYTHON, names another interpreter that has the package. Without Python 3,
 * or when the package cannot be installed, there is none, and the reason is given; in continuous integration (CI set) that is an error.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The packages by the name of their module; ibapi is IB's own client. */
const PACKAGES = {
  ib_async: 'ib_async==2.1.0',
  ib_insync: 'ib_insync==0.9.86',
  ibapi: 'ibapi-latest==10.51.1',
} as const;
export type PythonClient = keyof typeof PACKAGES;
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
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

function find(client: PythonClient): PythonFound {
  const given = process.env[`LEGWORK_${client.toUpperCase()}_PYTHON`];
  if (given) return { python: given };
  const windows = process.platform === 'win32';
  const folder = join(ROOT, 'node_modules', '.cache', `legwork-${client.replace('_', '-')}`);
  const python = windows ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
  const wanted = PACKAGES[client];
  const done = join(folder, `${wanted}.done`);
  if (existsSync(done) && existsSync(python)) return { python };
  const system = ['python3', 'python'].find((name) =>
    run(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))']),
  );
  if (!system) return { missing: 'there is no Python 3.10 or later on this machine' };
  mkdirSync(dirname(folder), { recursive: true });
  if (!run(system, ['-m', 'venv', folder])) return { missing: 'Python cannot make a virtual environment (venv)' };
  if (!run(python, ['-m', 'pip', 'install', '--quiet', '--no-compile', '--retries', '1', wanted]))
    return { missing: `pip cannot install ${wanted}` };
  writeFileSync(done, '');
  return { python };
}

/** The interpreter with a client, or the reason why there is none; in continuous integration it throws instead. */
export function pythonWith(client: PythonClient): PythonFound {
  const found = find(client);
  if ('missing' in found && process.env.CI) throw new Error(`${client} must be tested here, but ${found.missing}`);
  return found;
}
