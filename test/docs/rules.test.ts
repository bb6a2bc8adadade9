import { describe, expect, it } from '@jest/globals';
import { shapeOf } from '../../src/config/tree.js';
import { RULES } from '../../src/domain/rules/registry.js';
import { rulesSettingsSchema } from '../../src/domain/rules/settings.js';
import { read, tableRows } from './support.js';

const rows = tableRows(read('docs/rules.md'));
const names = (cell = ''): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

describe('docs/rules.md', () => {
  const table = rows.filter((row) => row.length === 8);

  it('has every rule of the registry in its order, with priority, kind and decision ids', () => {
    const documented = table.map((row) => ({
      name: names(row[1])[0],
      priority: Number(row[0]),
      kind: row[2],
      decisions: names(row[6]),
    }));
    const real = RULES.map(({ name, priority, kind, decisions }) => ({
      name,
      priority,
      kind,
      decisions: [...decisions],
    }));
    expect(documented).toEqual(real);
  });

  it('says when every rule fires, what it does and what skips it', () => {
    for (const row of table) expect(row.filter((cell) => cell === '')).toEqual([]);
  });

  it('has the settings of every rule', () => {
    const sections = shapeOf(rulesSettingsSchema) ?? {};
    const settings = rows.filter((row) => row.length === 3);
    expect(settings.map((row) => names(row[0])[0])).toEqual(RULES.map(({ name }) => name));
    for (const [rule, section, listed] of settings) {
      const schema = sections[names(section)[0] ?? ''];
      const real = Object.keys((schema && shapeOf(schema)) ?? {}).filter((key) => key !== 'enabled');
      expect({ rule, settings: new Set(names(listed)) }).toEqual({ rule, settings: new Set(real) });
    }
  });
});
