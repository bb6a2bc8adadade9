/** Whether Legwork supports this Node: a tested release line, from the first release that has the features we use. */
import { type Finding, fail, ok, warn } from './finding.js';

/** `version`: as in process.versions.node. */
export function examineNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const said = `version ${version}`;
  if (major === 20 && minor >= 19)
    return warn('node', `${said}, which gets no security fixes any more`, 'Install Node 24, or 22.12 or later.');
  if ((major === 22 && minor >= 12) || major >= 24) return ok('node', said);
  return fail('node', said, 'Install Node 24, or 22.12 or later of 22.', 1);
}
