/**
 * A capture of a check against one simulated gateway, compared with another: equal, and with a planted difference exactly
 * that one. The planted differences are what a real gateway may do.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Comparison, FaultInput } from 'ib-gateway';
import { type CaptureLine, parseCapture } from 'ib-gateway/client';
import { legwork } from '../client/support.js';
import { check, gatewayAt } from './support.js';

const SEED = 7;
const SPEED = 20;
const CARDS = ['contract-index', 'rule-spx', 'quote-option', 'preview-combo', 'combo-change-placed', 'combo-completed'];

let folder: string;
let capture: readonly CaptureLine[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'legwork-compare-'));
  capture = await captured();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function captured(cards: readonly string[] = CARDS, fault?: FaultInput): Promise<readonly CaptureLine[]> {
  const gateway = await gatewayAt(SPEED, { seed: SEED });
  const file = join(folder, 'check.jsonl');
  try {
    if (fault) gateway.fault(fault);
    await check(gateway, [...cards.flatMap((card) => ['--card', card]), '--capture', file]);
    return parseCapture(readFileSync(file, 'utf8'));
  } finally {
    await gateway.close();
  }
}

async function compared(lines: readonly CaptureLine[]): Promise<Comparison & { readonly status: number }> {
  const file = join(folder, 'compared.jsonl');
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const argv = ['gateway', '--compare', file, '--json', '--seed', String(SEED), '--speed', String(SPEED)];
  const { status, out, err } = await legwork(argv);
  expect(err).toBe('');
  return { ...(JSON.parse(out) as Comparison), status };
}

const OPEN_ORDER = '5';
const ORDER_STATUS = '3';
const ERR_MSG = '4';
const CONTRACT_DATA = '10';

const isIn = (line: CaptureLine, ...head: readonly string[]) =>
  line.dir === 'in' && head.every((token, index) => line.tokens[index] === token);
const isCancelled = (line: CaptureLine) => isIn(line, ERR_MSG, '2') && line.tokens[3] === '202';

test('a capture of the same gateway has no difference', async () => {
  const { requests, differences, status } = await compared(capture);
  expect(differences).toEqual([]);
  expect(requests).toBe(capture.filter(({ dir }) => dir === 'out').length);
  expect(status).toBe(0);
});

interface Planted {
  readonly what: string;
  plant(lines: readonly CaptureLine[]): readonly CaptureLine[];
  readonly found: Readonly<Record<string, string>>;
}

const PLANTED: readonly Planted[] = [
  {
    what: 'a field that is empty in the capture',
    // CONTRACT_DATA at 193: the long name is the 20th token.
    plant: (lines) => lines.map((line) => (isIn(line, CONTRACT_DATA) ? withToken(line, 20, '') : line)),
    found: { kind: 'field', message: 'CONTRACT_DATA', field: 'longName', captured: 'empty', simulated: 'filled' },
  },
  {
    what: 'a field that holds the largest number in the capture',
    // CONTRACT_DATA at 193: the smallest increment is the 14th token.
    plant: (lines) =>
      lines.map((line) => (isIn(line, CONTRACT_DATA) ? withToken(line, 14, '1.7976931348623157E308') : line)),
    found: { kind: 'field', message: 'CONTRACT_DATA', field: 'minTick', captured: 'unset number', simulated: 'filled' },
  },
  {
    what: 'a message that the capture does not have',
    plant: (lines) => lines.filter((line) => !isCancelled(line)),
    found: { kind: 'surplus', request: 'PLACE_ORDER', message: 'ERR_MSG 202', captured: 'not sent', simulated: 'sent' },
  },
  {
    what: 'a message that only the capture has',
    plant: (lines) =>
      lines.flatMap((line) =>
        isCancelled(line)
          ? [{ ...line, tokens: ['4', '2', line.tokens[2] ?? '', '399', 'Order Message', ''] }, line]
          : [line],
      ),
    found: { kind: 'missing', request: 'PLACE_ORDER', message: 'ERR_MSG 399', captured: 'sent', simulated: 'not sent' },
  },
  {
    what: 'another order of messages',
    plant: (lines) => swapped(lines),
    found: {
      kind: 'order',
      message: 'ORDER_STATUS PreSubmitted',
      captured: 'before OPEN_ORDER PreSubmitted',
      simulated: 'after OPEN_ORDER PreSubmitted',
    },
  },
];

function withToken(line: CaptureLine, index: number, token: string): CaptureLine {
  return { ...line, tokens: line.tokens.map((one, at) => (at === index ? token : one)) };
}

/** The first status of a placed order before the row of the order. */
function swapped(lines: readonly CaptureLine[]): readonly CaptureLine[] {
  const status = lines.findIndex((line) => isIn(line, ORDER_STATUS) && line.tokens[2] === 'PreSubmitted');
  const row = lines.slice(0, status).findLastIndex((line) => isIn(line, OPEN_ORDER, lines[status]?.tokens[1] ?? ''));
  const moved = lines[status];
  if (status < 0 || row < 0 || !moved) throw new Error('the capture has no placed order');
  const rest = lines.filter((_, index) => index !== status);
  return [...rest.slice(0, row), moved, ...rest.slice(row)];
}

describe('planted in the capture', () => {
  test.each(PLANTED)('$what', async ({ plant, found }) => {
    const { differences, status } = await compared(plant(capture));
    expect(differences).toMatchObject([found]);
    expect(status).toBe(1);
  });
});

test('a capture of a gateway that refuses changes with 103', async () => {
  const fault: FaultInput = { kind: 'rejectNext', on: 'modify', code: 103, text: 'Duplicate order id' };
  const { differences, status } = await compared(await captured(['combo-change-shown'], fault));
  expect(differences).toContainEqual(expect.objectContaining({ kind: 'missing', message: 'ERR_MSG 103' }));
  expect(differences.map(({ request }) => request)).toEqual(differences.map(() => 'PLACE_ORDER'));
  expect(status).toBe(1);
});

test('orders, contracts and times of another broker are translated for the simulated one', async () => {
  // Order ids with another start, and contracts with other ids.
  const shift = (token: string) => String(Number(token) + 38_000);
  const orderAt: Readonly<Record<string, number>> = { in9: 2, in5: 1, in3: 1, out3: 1, out4: 1 };
  const ids = new Set(capture.flatMap((line) => (isIn(line, ORDER_STATUS) ? [line.tokens[1]] : [])));
  const contracts = new Set(capture.flatMap((line) => (isIn(line, CONTRACT_DATA) ? [line.tokens[13]] : [])));
  const foreign = capture.map((line) => {
    const { dir, tokens } = line;
    const at = orderAt[`${dir}${tokens[0]}`];
    const isOrderError = isIn(line, ERR_MSG) && ids.has(tokens[2]);
    return {
      ...line,
      tokens: tokens.map((token, index) => {
        if (index > 0 && contracts.has(token)) return String(Number(token) + 5_000_000);
        return index === at || (isOrderError && index === 2) ? shift(token) : token;
      }),
    };
  });
  const { differences } = await compared(foreign);
  expect(differences).toEqual([]);
});

describe('an unreadable capture ends with 2 and a sentence', () => {
  test.each([
    ['an empty file', '', /the capture is empty/],
    ['a text', 'hello\n', /line 1 of the capture is no frame: hello/],
    ['another JSON', '{"a":1}\n', /line 1 of the capture is no frame/],
    [
      'a version of later days',
      '{"t":0,"connection":1,"dir":"hello","tokens":["210","now"]}\n',
      /speaks version 210; versions 163 to 200/,
    ],
    [
      'no greeting',
      '{"t":0,"connection":1,"dir":"out","tokens":["71","2","1",""]}\n',
      /connection 1 of the capture has no greeting/,
    ],
    [
      'a request that is none',
      '{"t":0,"connection":1,"dir":"hello","tokens":["193","now"]}\n{"t":1,"connection":1,"dir":"out","tokens":["999"]}\n',
      /a request of the capture cannot be read/,
    ],
  ])('%s', async (_what, text, sentence) => {
    const file = join(folder, 'broken.jsonl');
    writeFileSync(file, text);
    const { status, err, out } = await legwork(['gateway', '--compare', file]);
    expect(err).toMatch(sentence);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(out).toBe('');
    expect(status).toBe(2);
  });

  test('a missing file', async () => {
    const { status, err } = await legwork(['gateway', '--compare', 'absent.jsonl']);
    expect(err).toMatch(/absent\.jsonl.*ENOENT/);
    expect(status).toBe(2);
  });
});
