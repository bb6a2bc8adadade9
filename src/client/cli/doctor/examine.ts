/** All checks of `legwork doctor`, in the order in which a person would mend them. */
import { createLinks } from '../../links.js';
import { resolveTarget, type Target, type TargetOptions } from '../../target.js';
import { failureOf } from '../failure.js';
import { examineBroker } from './broker.js';
import { examineDatabase, examineSession, examineTrading } from './database.js';
import { type Finding, fail, ok } from './finding.js';
import { examineTemporal, examineWorkers } from './temporal.js';

/** Runs every check; never throws. Checks of a part that is away are left out: its own line says why. */
export async function examine(options: TargetOptions): Promise<readonly Finding[]> {
  const findings: Finding[] = [examineNode()];
  let target: Target;
  try {
    target = resolveTarget(options);
  } catch (error) {
    const { message, exitStatus } = failureOf(error);
    return [
      ...findings,
      fail('configuration', message, 'Correct it; `legwork config show` tells the rest.', exitStatus),
    ];
  }
  const { loaded, stack } = target;
  findings.push(
    ok('configuration', `${loaded.file ?? 'defaults, no file'}, hash ${loaded.hash}`),
    ...(stack === undefined ? [] : [ok('stack', `legwork up runs here (process ${stack.pid})`)]),
  );
  const links = createLinks(target);
  try {
    const parts = await Promise.all([
      examineTemporal(links),
      examineDatabase(links, target),
      examineBroker(target),
      examineWorkers(links, target),
      examineSession(links),
      examineTrading(links),
    ]);
    return [...findings, ...parts.flat()];
  } finally {
    await links.close();
  }
}

function examineNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > 20 || (major === 20 && minor >= 3);
  return enough
    ? ok('node', `version ${process.versions.node}`)
    : fail('node', `version ${process.versions.node}`, 'Install Node 20.3 or later.', 1);
}
