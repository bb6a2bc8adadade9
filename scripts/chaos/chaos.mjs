// The chaos campaign of `npm run chaos`: everything is in dist/chaos.
import { runChaos } from '../../dist/chaos/main.js';

process.exitCode = await runChaos(process.argv.slice(2));
