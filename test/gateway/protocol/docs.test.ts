/** The reference lists what there is: every message with its number and every fault. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listFaults } from '../../../src/gateway/control/any-fault.js';
import { startGateway } from '../../../src/gateway/index.js';
import { requests, responses } from '../../../src/gateway/protocol/index.js';

const REFERENCE = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'docs', 'gateway.md');
const text = readFileSync(REFERENCE, 'utf8');

it.each([...requests, ...responses].map(({ id, name }) => [name, id] as const))('lists %s', (name, id) => {
  expect(text).toContain(`| ${id} | ${name} |`);
});

it.each(listFaults().map(({ name, about }) => [name, about] as const))('describes the fault %s', (name, about) => {
  expect(about).not.toBe('');
  expect(text).toMatch(new RegExp(`\\| \`${name}\` \\|.*\\| `));
  expect(text).toContain(`| ${about} |`);
});

it('lists no message that there is not', () => {
  const known = new Set([...requests, ...responses].map(({ id, name }) => `${id} ${name}`));
  const listed = [...text.matchAll(/^\| (\d+) \| ([A-Z_]+) \|/gm)].map(([, id, name]) => `${id} ${name}`);
  expect(listed.filter((entry) => !known.has(entry))).toEqual([]);
});

it('shows a scenario that can be run', async () => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(text) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'legwork-docs-'));
  const scenario = join(folder, 'example.yaml');
  writeFileSync(scenario, example);
  try {
    const gateway = await startGateway({ port: 0, seed: 3, stepped: true, scenario });
    expect(gateway.positions()).toMatchObject([{ quantity: -2 }]);
    const noon = Date.parse('2026-03-04T17:05:00Z');
    while (gateway.now() < noon) gateway.advance(noon);
    expect(gateway.journal().filter((entry) => entry.type === 'FAULT')).toHaveLength(1);
    await gateway.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
