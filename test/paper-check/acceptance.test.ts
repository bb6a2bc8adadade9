/** The whole check against the simulated gateway: every card is tried, none differs, nothing is left. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { isSameMoment } from '../../src/paper-check/broker-time.js';
import { check, gatewayAt, orderFrames, working } from './support.js';

const FIVE_MINUTES = 5 * 60_000;

/** The moment of a good-till date as the command writes it, such as `20260302 10:08:42 US/Eastern`; winter time. */
function goodTillOf(text: unknown): number {
  const [, day = '', time = ''] = /^(\d{8}) ([\d:]{8}) US\/Eastern$/.exec(String(text)) ?? [];
  return Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T${time}-05:00`);
}

test('every card agrees with the simulated gateway, and no order and no position is left', async () => {
  const gateway = await gatewayAt(10);
  try {
    const { status, cards, left, of } = await check(gateway, ['--fill']);
    expect(cards.filter(({ verdict }) => verdict !== 'agrees')).toEqual([]);
    expect(of('agrees').length).toBeGreaterThanOrEqual(40);
    expect(status).toBe(0);
    expect(left).toEqual([]);
    expect(await working(gateway)).toEqual([]);
    expect(gateway.positions().filter(({ quantity }) => quantity !== 0)).toEqual([]);
    for (const card of cards) {
      expect(Object.keys(card)).toEqual(['id', 'assumption', 'source', 'method', 'observed', 'verdict', 'reason']);
      expect(card).toMatchObject({ observed: expect.stringMatching(/\S/), reason: null });
    }
    const orders = gateway.journal().filter(({ dir, type }) => dir === 'in' && type === 'PLACE_ORDER');
    const real = orders.filter(({ fields }) => fields.whatIf !== true);
    expect(new Set(real.map(({ clientId }) => clientId)).size).toBeGreaterThan(1);
    for (const { fields, at } of real) {
      expect(fields).toMatchObject({ quantity: 1, tif: 'GTD', orderRef: expect.stringMatching(/^LWCHECK\|/) });
      // A kill at any moment leaves nothing that works five minutes later: from its write, every change included.
      expect({ ...fields, isBounded: goodTillOf(fields.goodTillDate) - at <= FIVE_MINUTES }).toMatchObject({
        isBounded: true,
      });
    }
  } finally {
    await gateway.close();
  }
});

test('cards that need an open market say so while it is closed; no order is sent, and nothing differs', async () => {
  const gateway = await gatewayAt(10, { start: '2026-03-07T12:00:00-05:00' });
  try {
    const { status, cards, of } = await check(gateway);
    expect(of('differs')).toEqual([]);
    const closed = cards.filter(({ reason }) => /closed until 20260309/.test(reason ?? ''));
    expect(closed.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['quote-option', 'combo-accepted', 'preview-combo']),
    );
    expect(of('agrees')).toEqual(
      expect.arrayContaining(['hours-spx', 'rule-spx', 'history-iv-spy', 'session-permission']),
    );
    expect(orderFrames(gateway)).toBe(0);
    expect(status).toBe(0);
  } finally {
    await gateway.close();
  }
});

test.each([
  ['taken', /^taken; the order works/],
  ['refused', /^refused: .*; the order works/],
])('a good-till time that is %s on a change agrees, in summer too', async (goodTillChange, observed) => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-check-'));
  const scenario = join(folder, 'scenario.yaml');
  writeFileSync(scenario, `exchange: { goodTillChange: ${goodTillChange} }\n`);
  const gateway = await gatewayAt(10, { scenario, start: '2026-07-06T10:00:00-04:00' });
  try {
    const { cards } = await check(gateway, ['--card', 'combo-good-till', '--card', 'combo-change-good-till']);
    expect(cards).toMatchObject([
      { id: 'combo-good-till', verdict: 'agrees' },
      { id: 'combo-change-good-till', verdict: 'agrees', observed: expect.stringMatching(observed) },
    ]);
  } finally {
    await gateway.close();
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ['20260302 10:08:42 US/Eastern', '20260302 10:08:42 EST', true],
  ['20260706 10:08:42 US/Eastern', '20260706 10:08:42 EST', true],
  ['20260706 10:08:42 US/Eastern', '20260706 16:08:42 CET', true],
  ['20260706 10:08:42 US/Eastern', '20260706 09:08:42 CST', true],
  ['20260706 10:08:42 US/Eastern', '20260706-14:08:42', true],
  ['20260706 10:08:42 US/Eastern', '20260706 11:08:42 US/Eastern', false],
  ['20260706 10:08:42 US/Eastern', '20260706 10:09:42 EST', false],
  ['20260706 10:08:42 US/Eastern', '20260706 12:08:42 EST', false],
  ['20260706 10:08:42 US/Eastern', '', false],
])('%s came back as %s: %s', (sent, back, same) => {
  expect(isSameMoment(sent, back)).toBe(same);
});
