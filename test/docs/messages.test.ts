/** The runbook's messages are those of a position, and every JSON in it is taken; its lists of positions are the linked ones. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { MESSAGE_NAMES, type MessageName, readMessage } from '../../src/contract/message-input.js';
import { SAVED_VIEWS } from '../../src/contract/saved-views.js';

const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
const section = runbook.split('## From the Web UI')[1]?.split('\n## ')[0] ?? '';

test('each message is listed, with JSON that it takes', () => {
  const rows = [...section.matchAll(/^\| `(\w+)` \|.*\|(.*)\|$/gm)].map(([, name = '', json = '']) => ({ name, json }));
  expect(rows.map(({ name }) => name)).toEqual(MESSAGE_NAMES);
  for (const { name, json } of rows) {
    const pasted = [...json.matchAll(/`(\{.*?\})`/g)].map(([, text = '']) => text);
    expect(pasted.length).toBeGreaterThan(0);
    for (const text of pasted) expect(readMessage(name as MessageName, [JSON.parse(text)])).toHaveProperty('message');
  }
});

test('each command names a message, with JSON that it takes', () => {
  const commands = [...section.matchAll(/--name (\w+)(?: --input '(.*)')?$/gm)];
  expect(commands.length).toBeGreaterThan(3);
  for (const [, name = '', json] of commands) {
    expect(MESSAGE_NAMES).toContain(name);
    const args = json === undefined ? [] : [JSON.parse(json)];
    expect(readMessage(name as MessageName, args)).toHaveProperty('message');
  }
});

test('each list of positions is in the runbook, with its filter', () => {
  const lists = runbook.split('### Lists of positions')[1]?.split('\n## ')[0] ?? '';
  const rows = [...lists.matchAll(/^\| ([\w ]+) \| `(.*)` \|$/gm)].map(([, name, query]) => ({ name, query }));
  expect(rows).toEqual(SAVED_VIEWS);
});
