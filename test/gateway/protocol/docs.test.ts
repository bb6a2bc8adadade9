/** The reference lists what there is: every message with its number and every fault. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listFaults } from '../../../src/gateway/control/fault-list.js';
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
