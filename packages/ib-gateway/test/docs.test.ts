/** The gateway's reference matches the code: messages and their versions, errors, ticks, scenarios, faults, control. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { anyFaultSchema, listFaults } from '../src/control/any-fault.js';
import { CONTROL_ROUTES } from '../src/control/http.js';
import { marketChangeSchema } from '../src/control/market-change.js';
import { listScenarios, startGateway } from '../src/index.js';
import type { Field } from '../src/protocol/field.js';
import { requests, responses } from '../src/protocol/index.js';
import { scenarioSchema } from '../src/scenario/schema.js';
import { DELAYED_TYPES } from '../src/session/quote-ticks.js';
import { ROOT, read, tableRows } from './support/readme.js';

const text = read('README.md');

/** A chapter with its subchapters. */
function chapter(title: string): string {
  const [level = ''] = /^#+/.exec(title) ?? [];
  const start = text.indexOf(`\n${title}\n`);
  if (start < 0) throw new Error(`README.md has no chapter ${title}`);
  const end = text.slice(start + title.length + 2).search(new RegExp(`^#{1,${level.length}} `, 'm'));
  return end < 0 ? text.slice(start) : text.slice(start, start + title.length + 2 + end);
}

const quoted = (cell: string): string => cell.replace(/`/g, '');

describe('messages', () => {
  /** The versions at which a message gained fields, and at which it lost some. */
  function gates(fields: readonly Field[], found = new Map<string, number>()): ReadonlyMap<string, number> {
    for (const field of fields) {
      if (field.until !== undefined) found.set(`until ${field.until}`, field.until);
      if (field.since !== undefined) found.set(String(field.since), field.since + 0.5);
      if ('fields' in field) gates(field.fields, found);
    }
    return found;
  }
  const versions = (fields: readonly Field[]): string =>
    [...gates(fields)]
      .sort(([, left], [, right]) => left - right)
      .map(([name]) => name)
      .join(', ');

  it.each([
    ['### Requests', requests],
    ['### Responses', responses],
  ] as const)('%s: every one, by number, with the versions that changed it', (title, messages) => {
    const expected = [...messages].map(({ id, name, fields }) => [String(id), name, versions(fields)]);
    const listed = tableRows(chapter(title)).map((row) => row.slice(0, 3));
    expect(listed).toEqual(expected.sort((left, right) => Number(left[0]) - Number(right[0])));
  });

  it('answers of requests are responses that there are', () => {
    const known = new Set([...requests, ...responses].map(({ name }) => name));
    for (const [, , , answer = ''] of tableRows(chapter('### Requests'))) {
      const named = [...answer.matchAll(/\b[A-Z]{3,}(_[A-Z]+)+\b/g)].map(([name]) => name);
      expect(named.filter((name) => !known.has(name))).toEqual([]);
    }
  });
});

it('every error code that the gateway sends is explained, and no other', () => {
  const sources = readdirSync(`${ROOT}src`, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /^(session|exchange).*\.ts$/.test(name),
  );
  const patterns = [
    /refusal\(\s*(\d{3,5})/g,
    /\[(\d{3,5}), ['`(]/g,
    /error\((?:[^,()]|\([^)]*\))+, (\d{3,5})/g,
    /code: (\d{3,5})/g,
    /^ {2}(\d{3,5}): '/gm,
    /^ {2}(\d{3,5}),$/gm,
    /^const [A-Z_]+ = (1100|1102);/gm,
  ];
  const sent = new Set<number>([201]);
  for (const name of sources) {
    const source = read(join('src', name));
    for (const pattern of patterns) for (const [, code] of source.matchAll(pattern)) sent.add(Number(code));
  }
  const explained = new Set<number>();
  for (const [codes = ''] of tableRows(chapter('### Error codes'))) {
    for (const part of codes.split(', ')) {
      const [from = 0, to = from] = part.split(' to ').map(Number);
      for (let code = from; code <= to; code += 1) explained.add(code);
    }
  }
  expect(sent.size).toBeGreaterThan(40);
  expect([...sent].filter((code) => !explained.has(code))).toEqual([]);
  expect([...explained].filter((code) => !sent.has(code))).toEqual([]);
});

it('delayed ticks have the types that are listed', () => {
  const listed: Record<string, number> = {};
  for (const [types = '', , , delayed = ''] of tableRows(chapter('### Ticks'))) {
    if (delayed === '') continue;
    const late = delayed.split(', ').map(Number);
    for (const [index, type] of types.split(', ').entries()) listed[type] = late[index] ?? Number.NaN;
  }
  // A size tick beside a price gets its delayed type from the price.
  expect(listed).toEqual({ ...DELAYED_TYPES, 0: 69, 3: 70, 5: 71 });
});

describe('scenarios', () => {
  interface Schema {
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly additionalProperties?: Schema | boolean;
    readonly items?: { readonly oneOf?: readonly Schema[] };
    readonly default?: unknown;
    readonly const?: string;
    readonly description?: string;
  }
  const schema = z.toJSONSchema(scenarioSchema, { io: 'input' }) as Schema;

  /** Every field of a scenario, with its default as JSON. */
  function fieldsOf({ properties = {} }: Schema, path = ''): string[][] {
    return Object.entries(properties).flatMap(([name, field]) => {
      const own = `${path}${name}`;
      const more = typeof field.additionalProperties === 'object' ? field.additionalProperties : undefined;
      const row = field.properties ? [] : [[own, field.default === undefined ? '' : JSON.stringify(field.default)]];
      return [...row, ...fieldsOf(field, `${own}.`), ...(more ? fieldsOf(more, `${own}.*.`) : [])];
    });
  }

  it('every field with its default', () => {
    const listed = tableRows(chapter('### Fields')).map(([path = '', value = '']) => [quoted(path), quoted(value)]);
    expect(listed).toEqual(fieldsOf(schema));
  });

  it.each([
    ['### Market events', 'market'],
    ['### Exchange events', 'exchange'],
  ])('%s: every kind with its fields', (title, part) => {
    const kinds = schema.properties?.[part]?.properties?.events?.items?.oneOf ?? [];
    expect(kinds.length).toBeGreaterThan(5);
    const expected = kinds.map(({ properties = {} }) => {
      const { kind, ...fields } = properties;
      return [kind?.const, Object.keys(fields).join(', '), kind?.description];
    });
    const listed = tableRows(chapter(title)).map(([kind = '', fields = '', about]) => [
      quoted(kind),
      quoted(fields),
      about,
    ]);
    expect(listed).toEqual(expected);
  });

  it('the table lists every shipped scenario', () => {
    const listed = tableRows(chapter('### Shipped scenarios')).map(([name = '', about]) => ({
      name: quoted(name),
      about,
    }));
    expect(listed).toEqual(listScenarios());
  });

  it('the example runs, and its faults happen', async () => {
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(text) ?? [];
    const folder = mkdtempSync(join(tmpdir(), 'legwork-docs-'));
    const scenario = join(folder, 'example.yaml');
    writeFileSync(scenario, example);
    try {
      const gateway = await startGateway({ port: 0, seed: 3, stepped: true, scenario });
      expect(gateway.positions()).toMatchObject([{ quantity: -2 }]);
      const noon = Date.parse('2026-03-04T17:05:00Z');
      while (gateway.now() < noon) gateway.advance(noon);
      const kinds = gateway.journal().flatMap(({ type, fields }) => (type.startsWith('FAULT') ? [fields.fault] : []));
      expect(kinds).toEqual(['spoilQuote', 'connectivity']);
      await gateway.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('faults', () => {
  const rows = new Map(
    tableRows(chapter('## Faults')).map(([name = '', parameters = '', about]) => [quoted(name), { parameters, about }]),
  );

  it.each(listFaults().map(({ name, about }) => [name, about] as const))('%s: what it does', (name, about) => {
    expect(about).not.toBe('');
    expect(rows.get(name)?.about).toBe(about);
  });

  it('every parameter is named', () => {
    const TARGET = ['message', 'n', 'orderId', 'status'];
    const schema = z.toJSONSchema(anyFaultSchema, { io: 'input' }) as {
      anyOf?: readonly unknown[];
      oneOf?: readonly unknown[];
    };
    const missing: string[] = [];
    const visit = (entry: unknown): void => {
      const { oneOf, anyOf, properties } = entry as Record<string, never>;
      for (const inner of [...(oneOf ?? []), ...(anyOf ?? [])] as readonly unknown[]) visit(inner);
      if (!properties) return;
      const { kind, ...fields } = properties as Record<string, { const?: string }>;
      const { parameters = '' } = rows.get(kind?.const ?? '') ?? {};
      const target = parameters.startsWith('target') ? TARGET : [];
      for (const name of Object.keys(fields)) {
        if (!target.includes(name) && !parameters.includes(`\`${name}\``)) missing.push(`${kind?.const}.${name}`);
      }
    };
    visit(schema);
    expect(missing).toEqual([]);
  });

  it('what a bot must survive is staged with faults and fields that there are', () => {
    const changes = marketChangeSchema.options.map((option) => option.shape.kind.value);
    const known = new Set([...listFaults().map(({ name }) => name), ...changes]);
    const stages = chapter('### What a bot must survive, and how to stage it');
    const elsewhere = text.replace(stages, '');
    const parameters = new Set(
      [...elsewhere.matchAll(/`(?:[a-z*.A-Z]+\.)?([a-z][A-Za-z]+)`/g)].map(([, name]) => name),
    );
    const staged = tableRows(stages);
    expect(staged.length).toBeGreaterThan(20);
    for (const [failure = '', way = ''] of staged) {
      const [first = ''] = /`([a-z][A-Za-z.]+)`/.exec(way)?.slice(1) ?? [];
      if (first !== '')
        expect([failure, known.has(first) || parameters.has(first.split('.').at(-1))]).toEqual([failure, true]);
    }
  });

  it('lists none that there is not', () => {
    const known = new Set(listFaults().map(({ name }) => name));
    const listed = tableRows(chapter('## Faults')).flatMap(([name = '']) =>
      /^`\w+`$/.test(name) ? [quoted(name)] : [],
    );
    expect(listed.filter((name) => !known.has(name))).toEqual([]);
  });
});

it('the control interface has the requests that are listed, and no other', () => {
  const listed = tableRows(chapter('## Control interface')).map(([request = '']) =>
    quoted(request).replace(/\?.*| \{.*/, ''),
  );
  expect(listed).toEqual([...CONTROL_ROUTES]);
});

it('the journal writes the entries that are listed', () => {
  const journal = chapter('## Journal');
  for (const name of ['client-session.ts', 'inbound.ts', 'server.ts', 'intercept.ts', 'faults.ts']) {
    const source = read(`src/session/${name}`);
    for (const [, type = ''] of source.matchAll(/record\((?:'sys', )?'([A-Z_]+)'/g))
      expect(journal).toContain(`\`${type}\``);
  }
});
