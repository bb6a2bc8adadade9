/** Every public method of the client has an example in its comment, and each example runs, on real parts. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { transformSync } from '@swc/core';
import * as legwork from '../../src/client/index.js';
import { enter, namedCondor } from '../support/life.js';
import { startStillWorld } from '../support/still-world.js';
import type { World } from '../support/world.js';

const SOURCES = ['client.ts', 'order-engine.ts'].map((name) =>
  readFileSync(fileURLToPath(new URL(`../../src/client/${name}`, import.meta.url)), 'utf8'),
);
const DECLARATION = /^(?: {2}(?:async )?|export function )(\w+)\(/;
/** Examples that need an open position come before those that end it. */
const LAST = ['reduce', 'roll', 'close', 'closeAll', 'disconnect'];

interface Example {
  readonly name: string;
  readonly code: string;
}

/** A comment with an example, and the declaration under it. */
function examples(): readonly Example[] {
  const found = SOURCES.flatMap((source) =>
    [...source.matchAll(/\* @example\n\s*\* ```ts\n([\s\S]*?)\s*\* ```\n\s*\*\/\n([^\n]*)/g)].map(
      ([, text = '', line = '']): Example => ({
        name: DECLARATION.exec(line)?.[1] ?? line,
        code: text.replace(/^\s*\* ?/gm, ''),
      }),
    ),
  );
  return found.sort((left, right) => LAST.indexOf(left.name) - LAST.indexOf(right.name));
}

/** Methods of the client and functions of the engine that a program may call. */
function callable(): readonly string[] {
  const engine = ['placeOrder', 'placeBracketOrder', 'cancelOrder', 'closePosition', 'rollPosition'];
  const methods = Object.getOwnPropertyNames(legwork.LegworkClient.prototype);
  const hidden = ['constructor', 'accountAlias', 'openExecution', 'isRolling', 'start'];
  return [...engine, ...methods.filter((name) => !hidden.includes(name))];
}

function run({ code }: Example, given: Readonly<Record<string, unknown>>): Promise<unknown> {
  const body = `export default async (given) => { const { ${Object.keys(given).join(', ')} } = given;\n${code}\n`;
  const answer = /\banswer\b/.test(code) ? 'return answer; };' : '};';
  const { code: plain } = transformSync(body + answer, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  const module = { exports: {} as { default?: (given: unknown) => Promise<unknown> } };
  new Function('module', 'exports', 'console', plain)(module, module.exports, { log: () => undefined });
  return module.exports.default?.(given) ?? Promise.reject(new Error('no example'));
}

let world: World;

beforeAll(async () => {
  world = await startStillWorld();
}, 90_000);
afterAll(() => world?.stop(), 90_000);

test('every method has an example', () => {
  expect(
    examples()
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...callable()].sort());
});

test('each example runs', async () => {
  const client = legwork.connectClient({ cwd: world.dir, env: world.env });
  const { positionId } = await enter(world, namedCondor({ quantity: 4 }));
  for (const example of examples()) {
    const answer = await run(example, { ...legwork, client, positionId }).catch((error: unknown) => {
      throw new Error(`${example.name}: ${String(error)}`);
    });
    expect({ name: example.name, answer }).toEqual({
      name: example.name,
      answer: answer === undefined ? undefined : { kind: 'done', value: expect.anything() },
    });
  }
}, 400_000);
