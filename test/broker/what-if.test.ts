/** A7: a preview waits for its figures, whatever rows come before them. */
import { afterEach, expect, it } from '@jest/globals';
import type { Values } from 'ib-gateway/client';
import { ACCOUNT, findCondor, payloadOf, usable } from './support.js';
import { type Change, startTapped, type TappedWorld } from './tap.js';

let world: TappedWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const WARNING = 'This order will be held until the market opens.';
const FIGURES = ['Before', 'Change', 'After'].flatMap((when) =>
  ['initMargin', 'maintMargin', 'equityWithLoan'].map((what) => `${what}${when}`),
);

const without = (values: Values, names: readonly string[]): Values =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name))) as Values;

/** The row of a warning: none of the twelve figures. */
const bare = (values: Values): Values => ({
  ...without(values, [...FIGURES, 'commission', 'minCommission', 'maxCommission']),
  warningText: WARNING,
});

async function preview(change: (values: Values, say: (values: Values) => void) => readonly Values[]) {
  const answer: Change = ({ name, values }, tap) => {
    if (name !== 'OPEN_ORDER' || values.whatIf !== true) return undefined;
    return change(values, (late) => tap.say(name, late)).map((row) => ({ name, values: row }));
  };
  const started = await startTapped({ gateway: { stepped: true }, control: true });
  world = started;
  const { broker, tap } = started;
  await usable(broker);
  const condor = await findCondor(broker);
  tap.answer = answer;
  return await broker.orders.whatIf(payloadOf(condor, condor.natural), ACCOUNT);
}

it('A7 after a first row with only a warning, the real row is used and the warning kept', async () => {
  const result = await preview((values) => [bare(values), values]);
  expect(result.initMarginChange).toBeGreaterThan(0);
  expect(result.maintMarginChange).toBeGreaterThan(0);
  expect(result.commission).toBeGreaterThan(0);
  expect(result.warning).toBe(WARNING);
});

it('A7 the real row is awaited', async () => {
  const result = await preview((values, say) => {
    setTimeout(() => say(values), 1_500);
    return [bare(values)];
  });
  expect(result).toMatchObject({ initMarginChange: expect.any(Number), warning: WARNING });
});

it.each([
  ['the highest', [], 5_000_000],
  ['the lowest, where there is no highest', ['maxCommission'], 2_000_000],
  ['none, where there is neither', ['maxCommission', 'minCommission'], undefined],
])('A7 margins count without a commission, which is then %s', async (_name, unknown, commission) => {
  const result = await preview((values) => [
    without({ ...values, minCommission: 2, maxCommission: 5 }, ['commission', ...unknown]),
  ]);
  expect(result.initMarginChange).toBeGreaterThan(0);
  expect(result.commission).toBe(commission);
});

it('A7 the warning is reported when no figures ever come', async () => {
  expect(await preview((values) => [bare(values)])).toEqual({ warning: WARNING });
});
