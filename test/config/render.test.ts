import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { loadSettings, redact } from '../../src/config/index.js';
import { renderDefaultYaml } from '../../src/config/render.js';
import { settingsSchema } from '../../src/config/schema.js';
import { descriptionOf, leafPaths, shapeOf, type Tree } from '../../src/config/tree.js';

const DEFAULTS = settingsSchema.parse({});

describe('the shipped legwork.yaml', () => {
  const file = new URL('../../legwork.yaml', import.meta.url).pathname;

  it('is what the schema renders', () => {
    expect(readFileSync(file, 'utf8')).toBe(renderDefaultYaml());
  });

  it('loads to exactly the defaults', () => {
    const { settings, sources } = loadSettings({ cwd: '/', env: {}, file });
    expect(settings).toEqual(DEFAULTS);
    expect(new Set(sources.values())).toEqual(new Set(['default']));
  });

  it('states every default', () => {
    const stated = new Set(leafPaths(parse(renderDefaultYaml()) as Tree).map((path) => path.join('.')));
    const missing = leafPaths(DEFAULTS as unknown as Tree).filter((path) => !stated.has(path.join('.')));
    expect(missing.filter((path) => path.join('.') !== 'database' && path.join('.') !== 'alerts')).toEqual([]);
  });

  it('no line is longer than 120 columns', () => {
    expect(
      renderDefaultYaml()
        .split('\n')
        .filter((line) => line.length > 120),
    ).toEqual([]);
  });
});

it('describes every setting', () => {
  const undescribed: string[] = [];
  const visit = (schema: Parameters<typeof shapeOf>[0], path: readonly string[]) => {
    for (const [key, inner] of Object.entries(shapeOf(schema) ?? {})) {
      const below = [...path, key];
      if (shapeOf(inner) !== undefined) visit(inner, below);
      else if (!descriptionOf(inner)) undescribed.push(below.join('.'));
    }
  };
  visit(settingsSchema, []);
  expect(undescribed).toEqual([]);
});

describe('redaction', () => {
  it('hides the password and most of an account', () => {
    const shown = redact({
      ...DEFAULTS,
      database: { url: 'postgres://me:hunter2@db:5432/legwork' },
      ib: { ...DEFAULTS.ib, accounts: ['DU1234567'], live: 'U7654321' },
      alerts: {
        ...DEFAULTS.alerts,
        webhookUrl: 'https://hooks.example/T0/secret',
        email: { ...DEFAULTS.alerts.email, smtpUrl: 'smtps://desk:hunter3@mail.example:465' },
      },
    });
    const text = JSON.stringify(shown);
    for (const secret of ['hunter2', 'hunter3', 'DU1234567', 'U7654321', 'secret']) expect(text).not.toContain(secret);
    expect(shown.database.url).toBe('postgres://me:***@db:5432/legwork');
    expect(shown.ib.accounts).toEqual(['DU*****67']);
  });

  it('hides unreadable values', () => {
    const urlOf = (url: string) => redact({ ...DEFAULTS, database: { url } }).database.url;
    expect(urlOf('not a url with hunter2')).toBe('***');
    expect(urlOf('postgres://db/x?password=hunter2')).not.toContain('hunter2');
    expect(redact({ ...DEFAULTS, ib: { ...DEFAULTS.ib, accounts: ['DU1'] } }).ib.accounts).toEqual(['***']);
  });
});
