/**
 * Runs the tests that the client library @stoqey/ib ships in its package against the simulated gateway: those of `api` and
 * `api-next-live`, which open a socket. Other people wrote them for the real gateway, so their expectations are independent of ours.
 *
 * Each test that cannot pass here is listed in conformance/expected-failures.json with its reason. The run fails when a
 * test fails that is not listed, and when a listed one passes: the list is exact in both directions.
 *
 * Needs the built package (`npm run build`) and `ajv`, which those tests load. `--keep` prints the messages of failures.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGateway } from '../dist/index.js';

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const tests = join(dirname(require.resolve('@stoqey/ib/package.json')), 'dist', 'tests');
/** The one file of these folders whose tests need no gateway. */
const SOCKETLESS = ['unit/api/contract-api\\.test\\.js$'];
/** Fewer passes than this would mean that the list of expected failures has grown beyond its limit. */
const LEAST_PASSED = 59;

/** Runs jest over the shipped tests; resolves with its JSON report. */
async function runTests(port, folder) {
  const config = join(folder, 'jest.config.json');
  const report = join(folder, 'report.json');
  writeFileSync(
    config,
    JSON.stringify({
      rootDir: tests,
      testEnvironment: 'node',
      testMatch: ['<rootDir>/unit/api/**/*.test.js', '<rootDir>/unit/api-next-live/**/*.test.js'],
      testPathIgnorePatterns: SOCKETLESS,
      transform: {},
      haste: { retainAllFiles: true },
      setupFilesAfterEnv: [join(tests, 'setup.js')],
    }),
  );
  const jest = join(dirname(require.resolve('jest/package.json')), 'bin', 'jest.js');
  const args = [jest, '--config', config, '--runInBand', '--forceExit', '--json', '--outputFile', report, '--silent'];
  // The tests read their settings from the environment and a .env in the working directory; this folder has none.
  const env = { ...process.env, IB_HOST: '127.0.0.1', IB_PORT: String(port), NODE_OPTIONS: '' };
  await new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'ignore'] });
    child.once('error', reject);
    child.once('exit', resolve);
  });
  return JSON.parse(readFileSync(report, 'utf8'));
}

/**
 * Every test of a report as {name, status, message}. The name begins with the test's file, without the folders before
 * `unit`.
 */
function resultsOf(report) {
  return report.testResults.flatMap((file) => {
    const path = file.name.split('\\').join('/').split('/unit/').at(-1)?.replace('.test.js', '') ?? file.name;
    if (file.assertionResults.length === 0) return [{ name: path, status: 'failed', message: file.message }];
    return file.assertionResults.map((test) => ({
      name: `${path} > ${test.title}`,
      status: test.status,
      message: test.failureMessages.join('\n'),
    }));
  });
}

async function main() {
  const expected = JSON.parse(readFileSync(join(here, 'conformance', 'expected-failures.json'), 'utf8'));
  const folder = mkdtempSync(join(tmpdir(), 'ib-gateway-conformance-'));
  const scenario = join(here, 'conformance', 'account.yaml');
  const gateway = await startGateway({ port: 0, seed: 3, scenario, messageRate: 0 });
  let results;
  try {
    results = resultsOf(await runTests(gateway.port, folder));
  } finally {
    await gateway.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const passed = results.filter((test) => test.status === 'passed');
  const failed = results.filter((test) => test.status === 'failed');
  const surprises = failed.filter((test) => !(test.name in expected));
  const repaired = passed.filter((test) => test.name in expected);
  const gone = Object.keys(expected).filter((name) => !results.some((test) => test.name === name));

  console.log(`${passed.length} of ${results.length} tests of @stoqey/ib pass against the gateway`);
  for (const test of failed) {
    if (test.name in expected) console.log(`  expected failure: ${test.name}: ${expected[test.name]}`);
    if (process.argv.includes('--keep')) console.log(`${test.name}\n${test.message.slice(0, 1500)}\n`);
  }
  for (const test of surprises) console.log(`FAILED: ${test.name}\n${test.message.slice(0, 800)}`);
  for (const test of repaired) console.log(`PASSED, though listed as an expected failure: ${test.name}`);
  for (const name of gone) console.log(`LISTED, though there is no such test: ${name}`);
  const broken = surprises.length + repaired.length + gone.length > 0 || passed.length < LEAST_PASSED;
  if (passed.length < LEAST_PASSED) console.log(`Fewer than ${LEAST_PASSED} passed.`);
  return broken ? 1 : 0;
}

process.exit(await main());
