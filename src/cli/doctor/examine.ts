/** All checks of `legwork doctor`, in the order in which to fix them. */
import { createConnections } from '../../client/connections.js';
import { type EndpointOptions, type Endpoints, resolveEndpoints } from '../../client/endpoints.js';
import { failureOf } from '../failure.js';
import { examineBroker } from './broker.js';
import { examineDatabase, examineSession, examineTrading } from './database.js';
import { type Finding, fail, ok, warn } from './finding.js';
import { examineMetrics } from './metrics.js';
import { examineNode } from './node.js';
import { examineStuck } from './stuck.js';
import { examineTemporal, examineWorkers } from './temporal.js';

/** Runs every check; never throws. Checks of an unreachable part are left out: its own line says why. */
export async function examine(options: EndpointOptions): Promise<readonly Finding[]> {
  const findings: Finding[] = [examineNode(process.versions.node)];
  let target: Endpoints;
  try {
    target = resolveEndpoints(options);
  } catch (error) {
    const { message, exitStatus } = failureOf(error);
    return [
      ...findings,
      fail('configuration', message, 'Correct it; `legwork config show` shows the rest.', exitStatus),
    ];
  }
  const { loaded, stack } = target;
  findings.push(
    ok('configuration', `${loaded.file ?? 'defaults, no file'}, hash ${loaded.hash}`),
    ...loaded.notes.map((note) => warn('configuration', note, hintFor(note))),
    ...(stack === undefined ? [] : [ok('stack', `legwork up runs here (process ${stack.pid})`)]),
  );
  const links = createConnections(target);
  try {
    const parts = await Promise.all([
      examineTemporal(links, stack?.temporal.uiUrl),
      examineDatabase(links, target),
      examineBroker(target),
      examineWorkers(links, target),
      examineStuck(links, target),
      examineSession(links),
      examineTrading(links),
      examineMetrics(target),
    ]);
    return [...findings, ...parts.flat()];
  } finally {
    await links.close();
  }
}

function hintFor(note: string): string {
  return note.startsWith('environment')
    ? 'For traces set observability.otlpUrl, or the variable to such an address; they are off otherwise.'
    : 'Rename the setting in the file.';
}
