/** The supported releases of Node, the same in doctor, package.json and the README. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { examineNode } from '../../src/cli/doctor/node.js';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

test.each([
  ['18.20.8', 'fail'],
  ['20.3.0', 'fail'],
  ['20.18.3', 'fail'],
  ['20.19.0', 'warn'],
  ['20.20.2', 'warn'],
  ['21.7.3', 'fail'],
  ['22.11.0', 'fail'],
  ['22.12.0', 'ok'],
  ['23.11.1', 'fail'],
  ['24.0.0', 'ok'],
  ['26.10.0', 'ok'],
])('Node %s: %s', (version, status) => {
  expect(examineNode(version)).toMatchObject({ status });
});

test('package.json and the README say the same', () => {
  const supported = '^20.19.0 || ^22.12.0 || >=24.0.0';
  expect(JSON.parse(read('package.json')).engines.node).toBe(supported);
  expect(JSON.parse(read('package-lock.json')).packages[''].engines.node).toBe(supported);
  expect(read('README.md')).toContain('Runs on Node 24, on 22.12 or later, and still on 20.19 or later');
});
