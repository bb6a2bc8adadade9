/**
 * Scenarios by name or from a YAML file.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { parseScenario, type Scenario } from './schema.js';
import { SHIPPED } from './shipped/index.js';

export { parseScenario, type Scenario, type ScenarioInput } from './schema.js';

/**
 * A shipped scenario by its name, else the file of that path. Throws RangeError for a wrong file and the file system's
 * error for one that cannot be read.
 */
export function loadScenario(nameOrPath: string): Scenario {
  const shipped = SHIPPED.get(nameOrPath);
  if (shipped) return parseScenario(nameOrPath, shipped);
  if (!/[./\\]/.test(nameOrPath)) {
    throw new RangeError(`no scenario ${nameOrPath}; shipped are ${[...SHIPPED.keys()].join(', ')}, or name a file`);
  }
  return parseScenario(nameOrPath, parse(readFileSync(nameOrPath, 'utf8')));
}

/** The shipped scenarios, each with a one-line description. */
export function listScenarios(): readonly { readonly name: string; readonly about: string }[] {
  return [...SHIPPED].map(([name, scenario]) => ({ name, about: scenario.about ?? '' }));
}
