/** The campaign's command names the wrong word of its usage, and runs nothing. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { runChaos } from '../../chaos/main.js';

afterEach(() => {
  jest.restoreAllMocks();
});

test.each([
  [['--seed', '918273'], '--seed: "918273" is not allowed; expected a whole number from 1 to 99999.'],
  [['--seed', '0'], '--seed: "0" is not allowed; expected a whole number from 1 to 99999.'],
  [['--seeds', 'many'], '--seeds: "many" is not allowed; expected a whole number from 1 to 99999.'],
  [['--only', 'freeze,fire'], '--only: "fire" is not allowed; expected kinds of faults.'],
  [['--sed', '1'], "Unknown option '--sed'"],
  [['7'], "Unexpected argument '7'"],
])('%j', async (argv, says) => {
  let written = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += text;
    return true;
  });
  expect(await runChaos(argv)).toBe(2);
  expect(written.startsWith(says)).toBe(true);
  expect(written).toContain('npm run chaos -- [--seeds N]');
});
