import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { OLD_NAMES } from '../../src/config/old-names.js';
import { settingsSchema } from '../../src/config/schema.js';
import { leafPaths, type Tree } from '../../src/config/tree.js';
import { ROOT, read, tableRows } from './support.js';

const page = read('docs/configuration.md');
const rows = tableRows(page);
const ticked = (cell = ''): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

describe('docs/configuration.md', () => {
  const defaults = settingsSchema.parse({});
  // Optional settings have no default and so no leaf.
  const known = [
    ...leafPaths(defaults as unknown as Tree).map((path) => path.join('.')),
    'alerts.webhookUrl',
    'observability.metricsPort',
    'observability.otlpUrl',
  ];

  it('has every section, with settings that exist', () => {
    const sections = rows.filter((row) => row.length === 3 && row[0] !== 'Variable' && /^`/.test(row[0] ?? ''));
    expect(sections.flatMap((row) => ticked(row[0])).sort()).toEqual(Object.keys(defaults).sort());
    for (const [section, , settings] of sections) {
      const [name = ''] = ticked(section);
      for (const setting of ticked(settings)) {
        const path = `${name}.${setting}`;
        expect([path, known.some((one) => one === path || one.startsWith(`${path}.`))]).toEqual([path, true]);
      }
    }
  });

  it('has every environment variable that stands for a setting', () => {
    const source = read('src/config/environment.ts');
    const real = [...source.matchAll(/name: '([A-Z_]+)', path: \['(\w+)', '(\w+)'\]/g)].map(
      ([, name = '', section, key]) => [name, `${section}.${key}`] as const,
    );
    expect(real.length).toBeGreaterThan(5);
    const documented = new Map(
      rows
        .filter((row) => row.length === 2)
        .flatMap(([names, settings]) =>
          ticked(names).map((name, index) => [name, ticked(settings)[index]] as [string, string | undefined]),
        ),
    );
    expect(real.map(([name]) => [name, documented.get(name)])).toEqual(real);
  });
});

it('lists every old name of a setting beside its new one', () => {
  const listed = tableRows(read('docs/configuration.md').split('## Old names')[1]?.split('\n## ')[0] ?? '');
  expect(listed.map((row) => row.map((cell) => ticked(cell)[0]))).toEqual(Object.entries(OLD_NAMES));
});

describe('docs/decisions', () => {
  it('lists every record under its own title', () => {
    const records = readdirSync(`${ROOT}docs/decisions`).filter((name) => /^\d{4}-/.test(name));
    const listed = tableRows(read('docs/decisions/README.md')).map(([link, title]) => `${link} ${title}`);
    const real = records.sort().map((name) => {
      const [heading = ''] = read(`docs/decisions/${name}`).split('\n');
      return `[${name.slice(0, 4)}](${name}) ${heading.replace(/^# \d{4}: /, '')}`;
    });
    expect(listed).toEqual(real);
  });

  it('has the decision, its reason, the alternatives and the price in every record', () => {
    for (const name of readdirSync(`${ROOT}docs/decisions`).filter((file) => /^\d{4}-/.test(file))) {
      const bold = [...read(`docs/decisions/${name}`).matchAll(/^\*\*(\w+)\.\*\*/gm)].map(([, word]) => word);
      expect([name, bold]).toEqual([name, ['Decided', 'Why', 'Alternatives', 'Price']]);
    }
  });
});
