/** The circuit breaker: closed, open, half open, and back. */
import fc from 'fast-check';
import { type Breaker, breakerAt, type OpeningOutcome } from '../../../src/domain/risk/breaker.js';
import { riskSettingsSchema } from '../../../src/domain/risk/settings.js';
import { NOW } from '../strategy/fixtures.js';

const { breaker: settings } = riskSettingsSchema.parse({});
const s = (seconds: number) => NOW + seconds * 1000;
const failed = (...at: readonly number[]): OpeningOutcome[] => at.map((one) => ({ at: s(one), kind: 'failed' }));
const reached = (...at: readonly number[]): OpeningOutcome[] => at.map((one) => ({ at: s(one), kind: 'reached' }));
/** Five failures in a minute: open until 340 s. */
const TRIPPED = failed(0, 10, 20, 30, 40);

it.each<[string, readonly OpeningOutcome[], number, Breaker]>([
  ['nothing happened', [], 0, { kind: 'closed' }],
  ['four failures', failed(0, 1, 2, 3), 4, { kind: 'closed' }],
  ['five within a minute', TRIPPED, 40, { kind: 'open', until: s(340) }],
  ['five, the first a minute ago to the second', failed(0, 1, 2, 3, 60), 60, { kind: 'open', until: s(360) }],
  ['five, the first longer ago', failed(0, 1, 2, 3, 60.001), 61, { kind: 'closed' }],
  ['to the end of its rest', TRIPPED, 339.999, { kind: 'open', until: s(340) }],
  ['after its rest', TRIPPED, 340, { kind: 'half-open', missing: 3 }],
  ['days later, nothing tried', TRIPPED, 200_000, { kind: 'half-open', missing: 3 }],
  ['two have reached the broker', [...TRIPPED, ...reached(341, 350)], 351, { kind: 'half-open', missing: 1 }],
  ['three have', [...TRIPPED, ...reached(341, 350, 360)], 361, { kind: 'closed' }],
  [
    'what was sent before the trip says nothing',
    [...reached(38, 39, 41), ...TRIPPED],
    340,
    { kind: 'half-open', missing: 3 },
  ],
  [
    'one failure while half open',
    [...TRIPPED, ...reached(341, 350), ...failed(360)],
    361,
    { kind: 'open', until: s(660) },
  ],
  ['and it begins again', [...TRIPPED, ...reached(341, 350), ...failed(360)], 660, { kind: 'half-open', missing: 3 }],
  [
    'closed again it takes five',
    [...TRIPPED, ...reached(341, 350, 360), ...failed(361, 362, 363, 364)],
    365,
    { kind: 'closed' },
  ],
])('%s', (_what, outcomes, now, breaker) => {
  expect(breakerAt(outcomes, s(now), settings)).toEqual(breaker);
  expect(breakerAt([...outcomes].reverse(), s(now), settings)).toEqual(breaker);
});

it('a loop that opens whenever allowed, and always fails, fails once per pause after the first trip', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 50, maxLength: 300 }), (gaps) => {
      const outcomes: OpeningOutcome[] = [];
      let now = NOW;
      let tripped = false;
      for (const gap of gaps) {
        now += gap;
        const state = breakerAt(outcomes, now, settings);
        if (state.kind === 'open') {
          tripped = true;
          continue;
        }
        const last = outcomes.at(-1)?.at ?? 0;
        if (tripped) expect(now - last).toBeGreaterThanOrEqual(settings.cooldownSeconds * 1000);
        outcomes.push({ at: now, kind: 'failed' });
      }
    }),
  );
});
