/**
 * Records the histories that `test/replay` replays: `npm run record-histories`. It is run by jest, which is what runs
 * TypeScript in this repository.
 *
 * A recorded history is evidence of what a released version did. Recording again throws that evidence away, so a scenario
 * that has a recording is left alone unless LEGWORK_RECORD_AGAIN names it, or is `all`.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, test } from '@jest/globals';
import { HISTORIES, writeRecording } from '../test/replay/recordings.js';
import { SCENARIOS, type Scenario } from '../test/replay/scenarios.js';
import { startServer } from '../test/workflows/support/server.js';

const again = (process.env.LEGWORK_RECORD_AGAIN ?? '').split(',');
const server = await startServer();
afterAll(() => server.stop());

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  const recorded = existsSync(join(HISTORIES, name));
  const wanted = !recorded || again.includes(name) || again.includes('all');
  const step = wanted ? test : test.skip;
  step(`records ${name}`, () => record(name, scenario));
}

async function record(name: string, scenario: Scenario): Promise<void> {
  const runs = await scenario(server);
  rmSync(join(HISTORIES, name), { recursive: true, force: true });
  for (const { workflowId, runId, file } of runs) {
    const history = await server.client.workflow.getHandle(workflowId, runId).fetchHistory();
    writeRecording(name, file ?? workflowId, workflowId, history);
  }
}
