/**
 * A Python with client libraries of other people in it: each is installed once, into a folder of its own in
 * node_modules/.cache, which the interpreter is told of.
 *
 * LEGWORK_CLIENTS_PYTHON names another interpreter that has them all. Without Python 3, or without a way to install a
 * package, there is none, and the reason is given; in continuous integration (CI set) that is an error.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PATIENCE } from '../../support/patience.js';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '..', '..', '..');
const CACHE = join(ROOT, 'node_modules', '.cache', 'legwork-python');
const INSTALL_MS = 300_000;
const RUN_MS = 60_000 * PATIENCE;
const CHECK = 'import sys; print("%d.%d" % sys.version_info[:2]); sys.exit(sys.version_info < (3, 10))';

/** Versions of the packages that are tested here, as pip names them. */
export const CLIENT_PACKAGES = {
  ib_async: 'ib_async==2.1.0',
  ib_insync: 'ib_insync==0.9.86',
  /** IB's own client as it comes with the TWS API; `ibapi` of PyPI is older than the oldest version spoken here. */
  ibapi: 'ibapi-latest==10.51.1',
} as const;
export type PythonClient = keyof typeof CLIENT_PACKAGES;

export type PythonFound =
  | { readonly python: string; readonly env: Readonly<Record<string, string>> }
  | { readonly missing: string };

function run(command: string, args: readonly string[]): string | undefined {
  try {
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    return execFileSync(command, args, { stdio, timeout: INSTALL_MS, encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** A Python with pip: the system's, or a virtual environment in `folder`. */
function withPip(system: string, folder: string): string | undefined {
  if (run(system, ['-m', 'pip', '--version']) !== undefined) return system;
  const parts = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python'];
  return run(system, ['-m', 'venv', folder]) === undefined ? undefined : join(folder, ...parts);
}

/** Installs into a folder that is put in its place when it is whole, so test files may do this at the same time. */
function install(system: string, name: string, place: string): string | undefined {
  mkdirSync(CACHE, { recursive: true });
  const draft = mkdtempSync(join(CACHE, 'draft-'));
  try {
    const python = withPip(system, join(draft, 'venv'));
    if (!python) return 'Python has neither pip nor a way to make a virtual environment (venv)';
    const packages = join(draft, 'packages');
    const options = ['--quiet', '--retries', '1', '--disable-pip-version-check', '--target', packages];
    if (run(python, ['-m', 'pip', 'install', ...options, name]) === undefined) return `pip cannot install ${name}`;
    if (!existsSync(place)) putInPlace(packages, place);
    return undefined;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function putInPlace(packages: string, place: string): void {
  try {
    renameSync(packages, place);
  } catch (error) {
    if (!existsSync(place)) throw error;
  }
}

function find(client: PythonClient): PythonFound {
  const given = process.env.LEGWORK_CLIENTS_PYTHON;
  if (given) return { python: given, env: {} };
  for (const python of ['python3', 'python']) {
    const version = run(python, ['-c', CHECK]);
    if (version === undefined) continue;
    const name = CLIENT_PACKAGES[client];
    const place = join(CACHE, `${name}-python${version}`);
    const missing = existsSync(place) ? undefined : install(python, name, place);
    return missing === undefined ? { python, env: { PYTHONPATH: place } } : { missing };
  }
  return { missing: 'there is no Python 3.10 or later on this machine' };
}

/** The interpreter with this client, or why there is none. Throws in continuous integration when there is none. */
export function pythonWith(client: PythonClient): PythonFound {
  const found = find(client);
  if ('missing' in found && process.env.CI) throw new Error(`${client} must be tested here, but ${found.missing}`);
  return found;
}

/** Runs a script of this folder and returns the JSON that it prints. Throws when it fails, with what it wrote. */
export async function runScript(found: PythonFound, script: string, args: readonly unknown[]): Promise<unknown> {
  if ('missing' in found) throw new Error(found.missing);
  const env = { ...process.env, ...found.env, PYTHONDONTWRITEBYTECODE: '1' };
  const words = [join(HERE, script), ...args.map(String)];
  const { stdout } = await promisify(execFile)(found.python, words, { env, timeout: RUN_MS });
  return JSON.parse(stdout);
}
