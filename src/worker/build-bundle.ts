/** Last step of the build: writes the workflow bundle beside the compiled code, so that a worker starts without webpack. */
import { writeFileSync } from 'node:fs';
import { bundleWorkflows, PREBUILT_PATH } from './bundle.js';

const { code } = await bundleWorkflows();
writeFileSync(PREBUILT_PATH, code);
