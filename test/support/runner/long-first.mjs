/**
 * Long files first, so that the workers of a run end together: by the seconds of a former run (`seconds.json`, kept with
 * `node test/support/runner/record.mjs`), then as Jest would have it. A file that nobody timed counts as short.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { relative } from 'node:path';

const require = createRequire(import.meta.url);
// Jest brings its sequencer with it, at the place where it is found from Jest itself.
const { default: Sequencer } = createRequire(require.resolve('jest/package.json'))('@jest/test-sequencer');

const seconds = JSON.parse(readFileSync(new URL('./seconds.json', import.meta.url), 'utf8'));

export default class LongFirst extends Sequencer {
  sort(tests) {
    const lasted = ({ path, context }) => seconds[relative(context.config.rootDir, path)] ?? 0;
    return [...super.sort(tests)].sort((left, right) => lasted(right) - lasted(left));
  }
}
