/** Settings that were renamed. The old name is read until 1.0, with a note that gives the new one. */
import { LegworkError } from '../domain/errors.js';
import type { SettingsFile } from './file.js';
import { isTree, merge, type Tree, treeOf, valueAt } from './tree.js';

/** Old and new name as dotted paths. A setting changes its name within its section. */
export const OLD_NAMES: Readonly<Record<string, string>> = {
  'orders.comboRest': 'orders.unfilledRemainder',
  'risk.breaker.restSeconds': 'risk.breaker.cooldownSeconds',
  'alerts.nobodyWatchesSeconds': 'alerts.unmonitoredSeconds',
};

export interface RenamedFile {
  /** Every setting under its new name. Positions are those in the file. */
  readonly file: SettingsFile;
  /** One sentence for each old name in the file. */
  readonly notes: readonly string[];
}

/** Reads old names in a file as the new ones. Throws InvalidInput when the file has both. */
export function withNewNames(file: SettingsFile): RenamedFile {
  let { tree } = file;
  const notes: string[] = [];
  const oldPaths = new Map<string, readonly string[]>();
  for (const [oldName, newName] of Object.entries(OLD_NAMES)) {
    const [from, to] = [oldName.split('.'), newName.split('.')];
    const value = valueAt(tree, from);
    if (value === undefined) continue;
    const at = file.position(from);
    if (valueAt(tree, to) !== undefined) {
      const message = `${at}: ${oldName} is the old name of ${newName}, and the file sets both; keep ${newName}.`;
      throw new LegworkError('INVALID_INPUT', message, { field: oldName });
    }
    tree = merge(without(tree, from), treeOf(to, value));
    oldPaths.set(newName, from);
    notes.push(`${at}: ${oldName} is now called ${newName}. The old name still works; change it in the file.`);
  }
  const position: SettingsFile['position'] = (path) => {
    const key = [...oldPaths.keys()].find((name) => path.join('.') === name || path.join('.').startsWith(`${name}.`));
    return file.position(key === undefined ? path : (oldPaths.get(key) ?? path));
  };
  return { file: { ...file, tree, position }, notes };
}

function without(tree: Tree, [head = '', ...rest]: readonly string[]): Tree {
  const { [head]: value, ...others } = tree;
  return rest.length === 0 || !isTree(value) ? others : { ...others, [head]: without(value, rest) };
}
