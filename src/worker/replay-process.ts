/** A replay in a process that is no worker. */
import type { Client } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { buildIdOf, workflowBundle } from './bundle.js';
import { type ReplayReport, replayOpenRuns } from './replay.js';

/** The report says what fails; the library would write it as well. */
const SILENT = { logger: new DefaultLogger('ERROR', () => undefined), shutdownSignals: [] };
const NO_CORE_LINES = { logging: { forward: {}, filter: 'OFF' } };

export async function replayInProcess(client: Client): Promise<ReplayReport> {
  const runtime = Runtime.install({ ...SILENT, telemetryOptions: NO_CORE_LINES });
  try {
    const bundle = await workflowBundle();
    return await replayOpenRuns(client, buildIdOf(bundle), { workflowBundle: bundle });
  } finally {
    // Its native part would keep the process alive.
    await runtime.shutdown();
  }
}
