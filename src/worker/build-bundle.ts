/** Last step of the build: writes the workflow bundles beside the compiled code, so that a worker starts without webpack. */
import { writeFileSync } from 'node:fs';
import { bundleWorkflows, prebuilt } from './bundle.js';

for (const kind of ['plain', 'traced'] as const) {
  const { code } = await bundleWorkflows(kind);
  writeFileSync(prebuilt(kind), code);
}
