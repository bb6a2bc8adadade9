// The chaos campaign of `npm run chaos`, compiled by it.
import { runChaos } from './dist/main.js';

process.exitCode = await runChaos(process.argv.slice(2));
// Everything is closed by now. A handle that a failed seed left must not keep the process; what it guarded ends with it.
setTimeout(() => process.exit(), 5_000).unref();
