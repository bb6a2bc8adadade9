/** Which members of a bracket count as held at the broker, after it has refused the last one. */
import { expect, test } from '@jest/globals';
import { whyUntransmitted } from '../../src/activities/orders/untransmitted.js';
import type { IntentRow, Store } from '../../src/store/api.js';

type Member = Partial<IntentRow>;

const REFUSED: Member = { state: 'REJECTED', reason: '201: no margin' };

/** Parent, stop and target of one bracket, written in this order. */
function bracket(parent: Member, stop: Member, target: Member): readonly IntentRow[] {
  const member = (role: string, orderId: number, more: Member) =>
    ({ orderRef: role, role, orderId, step: 1, attempt: 1, positionId: 'p', state: 'UNKNOWN', ...more }) as IntentRow;
  return [member('target', 12, target), member('combo', 10, parent), member('stop', 11, stop)];
}

function why(role: string, orders: readonly IntentRow[]): Promise<string | undefined> {
  const store = { intents: { list: async () => orders } } as unknown as Store;
  return whyUntransmitted({ store }, orders.find((one) => one.role === role) as IntentRow);
}

test.each(['combo', 'stop'])('the %s is held while no member has shown a sign', async (role) => {
  const text = 'it was not transmitted, since the broker refused its profit target: 201: no margin';
  expect(await why(role, bracket({}, {}, REFUSED))).toBe(text);
  expect(await why(role, bracket({ state: 'SENDING' }, { state: 'SENDING' }, REFUSED))).toBe(text);
});

test.each<[string, string, readonly IntentRow[]]>([
  ['the parent has been shown', 'stop', bracket({ permId: 7 }, {}, REFUSED)],
  ['the parent works', 'stop', bracket({ state: 'WORKING' }, {}, REFUSED)],
  ['the parent has filled', 'stop', bracket({ state: 'FILLED' }, {}, REFUSED)],
  ['the stop has been shown', 'combo', bracket({}, { permId: 8 }, REFUSED)],
  ['the last member is only unknown', 'combo', bracket({}, {}, {})],
  ['another member than the last was refused', 'combo', bracket({}, REFUSED, {})],
  ['it is the refused member itself', 'target', bracket({}, {}, REFUSED)],
  ['the last one is of another attempt', 'combo', bracket({}, {}, { ...REFUSED, attempt: 2 })],
  ['the last one is of another step', 'combo', bracket({}, {}, { ...REFUSED, step: 2 })],
  ['the last one is a leg of its own', 'combo', bracket({}, {}, { ...REFUSED, role: 'leg2' as IntentRow['role'] })],
  ['it left alone', 'combo', bracket({}, {}, REFUSED).slice(1, 2)],
])('%s: it may be live, and is not cancelled for that', async (_name, role, orders) => {
  expect(await why(role, orders)).toBeUndefined();
});
