/**
 * Native ESM: run with NODE_OPTIONS=--experimental-vm-modules (the npm scripts do). Whole-system tests that take minutes run
 * with LEGWORK_SLOW=1 (`npm run test:slow`), which runs them alone.
 */
export const SLOW = [
  'test/packed',
  'test/boundaries/',
  'packages/ib-gateway/test/pack',
  'test/chaos/infrastructure',
  'test/faults/answers',
  'test/faults/campaign-lines',
  'test/faults/outages',
  'test/faults/fifty-closes',
  'test/scenario/assignment',
  'test/scenario/bracket',
  'test/scenario/closing-bell',
  'test/scenario/demo',
  'test/scenario/deploy',
  'test/scenario/exit-age',
  'test/scenario/exit-unfilled',
  'test/scenario/expiry-days',
  'test/scenario/latency',
  'test/scenario/legs-parts',
  'test/scenario/long-life',
  'test/scenario/moved-away',
  'test/scenario/night',
  'test/scenario/protection-prices',
  'test/scenario/release-before',
  'test/scenario/resumed-walk',
  'test/scenario/reversed',
  'test/scenario/revival-mode',
  'test/scenario/settling',
  'test/scenario/stuck',
  'test/scenario/web-ui',
  'test/worker/renewed-credentials',
  'test/worker/stuck-tasks',
  'test/workflows/weeks',
];
/** Files of which `npm test` runs a slice, and LEGWORK_SLOW=1 all tests (test/support/whole.ts). */
export const WHOLE = [
  'test/broker/refused-lines',
  'test/chaos/slice',
  'test/paper-check/faults',
  'test/scenario/adjust-refused',
  'test/scenario/commands',
  'test/scenario/every-rule',
  'test/scenario/guard',
  'test/scenario/legs',
  'test/scenario/market-entry',
  'test/scenario/mixed-quotes',
  'test/scenario/outside',
  'test/scenario/refused-changes',
  'test/scenario/revival',
  'test/worker/revival-many',
  'test/workflows/attention',
  'test/workflows/buttons',
  'test/workflows/messages',
];
const slow = process.env.LEGWORK_SLOW === '1';

export default {
  globalSetup: './test/support/runner/once.mjs',
  globalTeardown: './test/support/runner/afterwards.mjs',
  testSequencer: './test/support/runner/long-first.mjs',
  testEnvironment: './test/support/runner/environment.mjs',
  ...(slow
    ? { testRegex: [...SLOW, ...WHOLE].map((path) => `/${path}.*\\.test\\.ts$`) }
    : {
        testMatch: ['<rootDir>/{test,packages/*/test}/**/*.test.ts'],
        testPathIgnorePatterns: ['/node_modules/', ...SLOW],
      }),
  extensionsToTreatAsEsm: ['.ts'],
  // The packages of this repository from their sources, as everything else.
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^(ib-gateway|market-time)$': '<rootDir>/packages/$1/src/index.ts',
    '^ib-gateway/(client|simulation)$': '<rootDir>/packages/ib-gateway/src/$1.ts',
    '^legwork$': '<rootDir>/src/client/index.ts',
    '^legwork/stack$': '<rootDir>/src/stack/index.ts',
    '^ib-gateway/options$': '<rootDir>/packages/ib-gateway/src/command/options.ts',
    '^ib-gateway/command$': '<rootDir>/packages/ib-gateway/src/command/run.ts',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  // Only what hangs is ended by it: the waits within have deadlines of their own, and say what did not come.
  testTimeout: 300_000,
};
