/** The margin of entries that the buying power does not show yet. */
import fc from 'fast-check';
import { marginOf, pendingMargin } from '../../../src/domain/risk/pending-margin.js';
import { usd } from '../strategy/fixtures.js';

const READ = 1_000;
const plan = { initMargin: usd(900), maxLoss: usd(500), quantity: 2 };
const ended = { status: 'FILLED', quantity: 2, openingEndedAt: READ, plan } as const;

it.each<[string, Parameters<typeof pendingMargin>[0][number], number | undefined]>([
  ['waits', { status: 'PENDING', quantity: 2, openCombos: 0, plan }, 900],
  ['half opened since', { status: 'PARTIAL', quantity: 2, openCombos: 1, plan }, 900],
  ['half opened before', { status: 'PARTIAL', quantity: 2, openCombos: 1, shownCombos: 1, plan }, 450],
  ['half opened before and the rest since', { ...ended, openCombos: 2, shownCombos: 1 }, 450],
  ['all of it opened before, ended since', { ...ended, openCombos: 2, shownCombos: 2 }, 0],
  ['opened before, half of it closed', { ...ended, openCombos: 1, shownCombos: 2 }, 0],
  ['opened before', { status: 'FILLED', quantity: 2, openCombos: 2, openingEndedAt: READ - 1, plan }, 0],
  ['opened since', { status: 'FILLED', quantity: 2, openCombos: 2, openingEndedAt: READ, plan }, 900],
  ['half of it opened since', { status: 'PARTIAL', quantity: 2, openCombos: 1, openingEndedAt: READ + 1, plan }, 450],
  ['taken over, so never opened', { status: 'FILLED', quantity: 2, openCombos: 2, plan }, 0],
  ['no estimate', { status: 'PENDING', quantity: 2, openCombos: 0, plan: { maxLoss: usd(500), quantity: 2 } }, 1_000],
  ['neither known', { status: 'PENDING', quantity: 2, openCombos: 0, plan: { quantity: 2 } }, undefined],
])('%s', (_what, row, dollars) => {
  expect(pendingMargin([row], READ)).toBe(dollars === undefined ? undefined : usd(dollars));
});

it('never lets entries at once take more than the limit, in any order', () => {
  const margins = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(margins, fc.integer({ min: 1, max: 200_000 }), (all, limit) => {
      const sent: Parameters<typeof pendingMargin>[0][number][] = [];
      for (const initMargin of all) {
        const own = { initMargin, quantity: 1 };
        const before = pendingMargin(sent, READ) ?? Number.NaN;
        if ((marginOf(own) ?? Number.NaN) + before > limit) continue;
        sent.push({ status: 'PENDING', quantity: 1, openCombos: 0, plan: own });
      }
      expect(sent.reduce((sum, row) => sum + (row.plan.initMargin ?? 0), 0)).toBeLessThanOrEqual(limit);
    }),
  );
});
