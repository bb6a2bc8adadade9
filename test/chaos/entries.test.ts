/**
 * Entries that did not open: the reasons that a fault of the seed explains, those that the market explains, and the
 * unexplained ones.
 */
import { describe, expect, test } from '@jest/globals';
import type { Evidence } from '../../chaos/evidence.js';
import type { OrderWait } from '../../chaos/fill-chance.js';
import type { InjectedFault } from '../../chaos/injected-faults.js';
import { entriesOpen, notOpened } from '../../chaos/invariants/entries.js';
import { checkLimit } from '../../src/domain/order/guards.js';
import { ENTRY_REF, entry, evidence, frame, intent, OPEN_AT, WALL } from './evidence-support.js';

const NOT_FILLED = 'the order was not filled in its time';
const MOVED = 'the market moved away while the order was worked';
const REJECTED = 'The broker rejected the order (201): Order rejected - reason:System is unavailable';
const NO_PREVIEW = "The broker's margin estimate is missing.";

const during = (kind: InjectedFault['kind'], more: Partial<InjectedFault> = {}): InjectedFault => ({
  kind,
  from: WALL,
  to: WALL + 500,
  ...more,
});

function failed(reasons: readonly string[], more: Partial<Evidence> = {}): Evidence {
  return evidence({ entries: [entry({ status: 'FAILED', reasons }, 'NOT_FILLED')], ...more });
}

const hit = (fault: string, message: string) =>
  frame(3, '', 0, { dir: 'sys', type: 'FAULT_HIT', fields: { fault, message } });
const with_ = (...entries: readonly ReturnType<typeof frame>[]) => [...evidence().journal, ...entries];

test('an opened entry needs no explanation', () => {
  expect(notOpened(evidence())).toEqual([]);
});

describe('no fault explains', () => {
  /** Faults of every sort, all within the entry. */
  const everything = (['kill-gateway', 'kill-worker', 'kill-postgres', 'halt', 'reject-new', 'shock'] as const).map(
    (kind) => during(kind),
  );
  // An opening at market was once bounded like an exit: its limit paid where it had to receive, and our own check refused it.
  const own = checkLimit({
    ...{ structure: 'vertical_spread', credit: true, purpose: 'OPEN' },
    ...{ limit: 20_000, width: 10_000_000, mid: -1_200_000, collar: 2_000_000 },
  });
  test.each([
    ['our own bounds', own ?? ''],
    ['a risk limit', 'All positions together can lose 9000.00; 20 % of net liquidation are 8000.00.'],
    ['a rate limit', '20 opening orders were sent in the last minute; 20 are allowed'],
    ['a refusal of the broker', 'The broker rejected the order (201): Riskless combination orders are not allowed'],
    ['a closed market', 'the market is closed'],
    ['a defect', 'Legwork found itself in a state that must not exist.'],
    ['nothing said', ''],
  ])('%s', (_, reason) => {
    expect(own).toMatch(/opened for a credit/);
    expect(entriesOpen(failed([reason], { injections: everything }))).toHaveLength(1);
  });

  test('an entry without any reason', () => {
    expect(entriesOpen(failed([], { injections: everything }))).toHaveLength(1);
  });

  test('one of several reasons', () => {
    const found = failed([NO_PREVIEW, 'Trading is HALTED; entries need ACTIVE.'], { injections: [during('halt')] });
    expect(entriesOpen(found).map(({ text }) => text)).toEqual([expect.stringContaining(NO_PREVIEW)]);
  });
});

describe('a position whose legs have no bid left could only be opened at a loss', () => {
  const opening = { structure: 'custom', purpose: 'OPEN', width: 7_000_000, collar: 20_000_000 } as const;
  const losing = (limit: number, credit?: boolean) =>
    checkLimit({
      ...{ ...opening, limit, mid: limit, worth: { lowest: -7_000_000, highest: 0 } },
      ...(credit !== undefined && { credit }),
    }) ?? '';
  const UNBID = 'nobody bids for SPY 20260302 669 CALL, which it sells';
  const worthless = 'The broker rejected the order (201): Guaranteed-to-lose combination orders are not allowed.';
  test.each([
    ['expiring-call', losing(30_000), 0],
    ['expiring-call', losing(0), 0],
    ['expiring-call', losing(50_000), 0],
    ['expiring-call', losing(10_000, true), 0],
    ['bear-call', losing(30_000), 1],
    ['bear-call', losing(10_000, true), 1],
    // A limit of the wrong sign has the size of a real price.
    ['expiring-call', losing(60_000), 1],
    ['expiring-call', losing(1_200_000), 1],
    ['expiring-call', losing(60_000, true), 1],
    ['expiring-call', losing(1_200_000, true), 1],
    ['expiring-call', 'The limit -1.20 can only lose: the legs are worth -7.00 to -2.00 at expiration.', 1],
    ['expiring-call', 'can only lose', 1],
    ['expiring-call', UNBID, 0],
    ['bear-call', UNBID, 1],
    // Our own check comes before, and the preview is asked for inside the payoff.
    ['expiring-call', worthless, 1],
  ])('%s, %s: %i unexplained', (name, reason, count) => {
    const { plan } = evidence();
    const positions = plan.positions.map((position) => ({ ...position, name }));
    const found = failed([reason], { plan: { ...plan, positions }, injections: [during('shock')] });
    expect(reason).toMatch(/can only lose|nobody bids for|the limit does not receive|Guaranteed-to-lose/);
    expect(entriesOpen(found)).toHaveLength(count);
  });
});

describe('the right fault explains, another does not', () => {
  const freeze = during('freeze');
  const halt = during('halt');
  const reject = during('reject-new');
  test.each([
    [NO_PREVIEW, freeze, halt],
    [REJECTED, reject, freeze],
    ['Trading is HALTED; entries need ACTIVE.', halt, freeze],
    ['trading is REDUCING: chaos', halt, reject],
    ['SPY shows no live price.', during('quotes-delayed'), halt],
    ['The Greeks of spy-ic-20260302-a1b2c3 are 130 s old; 120 s are allowed.', during('kill-worker'), halt],
    ['openings are tried one at a time until 2 more have reached the broker', reject, freeze],
    ['the broker session is not ready', during('kill-worker'), during('kill-temporal')],
    [
      'the worker could not renew its lease of the broker in Postgres',
      during('kill-postgres'),
      during('kill-temporal'),
    ],
    [
      'The gateway cannot be reached: connect ECONNREFUSED 127.0.0.1:4002.',
      during('kill-gateway'),
      during('kill-temporal'),
    ],
    [NOT_FILLED, during('mute-swallowed'), reject],
    ['201: Order rejected - reason:The good till date is in the past.', during('kill-gateway'), halt],
  ])('%s', (reason, right, wrong) => {
    expect(entriesOpen(failed([reason], { injections: [right] }))).toEqual([]);
    expect(entriesOpen(failed([reason], { injections: [wrong] }))).toHaveLength(1);
    expect(entriesOpen(failed([reason]))).toHaveLength(1);
  });
});

describe('a fault explains the reasons that it can have caused:', () => {
  test('not an answer before it', () => {
    const late = during('halt', { from: WALL + 6_000, to: WALL + 7_000 });
    expect(entriesOpen(failed(['trading is HALTED: chaos'], { injections: [late] }))).toHaveLength(1);
  });

  test('not a request long after it', () => {
    const from = WALL - 60_000;
    expect(
      entriesOpen(failed([NO_PREVIEW], { injections: [during('freeze', { from, to: from + 500 })] })),
    ).toHaveLength(1);
    expect(entriesOpen(failed([NO_PREVIEW], { injections: [during('freeze', { from, to: undefined })] }))).toEqual([]);
    // A rejection waits for the next order.
    expect(entriesOpen(failed([REJECTED], { injections: [during('reject-new', { from, to: from })] }))).toEqual([]);
  });

  test('a message fault only when it affected the message that matters', () => {
    const omit = (message: string) => during('omit', { message });
    const journal = with_(hit('omit', 'OPEN_ORDER'));
    expect(entriesOpen(failed([NO_PREVIEW], { injections: [omit('OPEN_ORDER')], journal }))).toEqual([]);
    expect(entriesOpen(failed([NO_PREVIEW], { injections: [omit('OPEN_ORDER')] }))).toHaveLength(1);
    const other = { injections: [omit('COMMISSION_REPORT')], journal: with_(hit('omit', 'COMMISSION_REPORT')) };
    expect(entriesOpen(failed([NO_PREVIEW], other))).toHaveLength(1);
  });

  test('a silence of a minute and a half only when nearly all of it was outage', () => {
    const nobody = 'No worker with a broker session answered in time; is `legwork worker` running and the gateway up?';
    const long = { ...entry({ status: 'FAILED', reasons: [nobody] }), askedAt: WALL - 90_000 };
    const seen = (from: number) =>
      evidence({
        entries: [long],
        injections: [during('kill-worker')],
        outages: [{ what: 'worker', from, to: WALL + 5_000 }],
      });
    expect(entriesOpen(seen(WALL - 80_000))).toEqual([]);
    expect(entriesOpen(seen(WALL - 10_000))).toHaveLength(1);
  });
});

describe('the market explains by numbers:', () => {
  const order = intent(ENTRY_REF, 2, {
    state: 'CANCELLED',
    reason: 'Cancelled by Trader',
    createdAt: OPEN_AT,
    payload: { goodTill: OPEN_AT + 900_000 } as never,
  });
  const seen = (reason: string, wait: Partial<OrderWait> = {}, more: Partial<Evidence> = {}) =>
    failed([reason], {
      intents: new Map([[ENTRY_REF, order]]),
      waits: new Map([[ENTRY_REF, { ms: 890_000, chance: 0.2, moved: 0.01, toItsEnd: true, ...wait }]]),
      ...more,
    });
  const by = (found: Evidence) => notOpened(found)[0]?.whys.map((why) => why.by);

  test('an order that had its full time and a chance to stay unfilled', () => {
    expect(by(seen(NOT_FILLED))).toEqual(['the market']);
    expect(by(seen(NOT_FILLED, { toItsEnd: false }))).toEqual([undefined]);
    expect(by(seen(NOT_FILLED, { ms: 200_000 }))).toEqual([undefined]);
    expect(by(seen(NOT_FILLED, { ms: 200_000 }, { injections: [during('kill-postgres')] }))).toEqual(['kill-postgres']);
  });

  test('a market that moved away explains it only if it did move', () => {
    expect(by(seen(MOVED, { moved: 0.07, toItsEnd: false }))).toEqual(['the market']);
    expect(by(seen(MOVED, { toItsEnd: false }))).toEqual([undefined]);
  });

  test('never an order that had to fill, or that was never at the broker', () => {
    expect(by(seen(NOT_FILLED, { chance: 1e-9 }, { injections: [during('freeze')] }))).toEqual([undefined]);
    expect(by(seen(NOT_FILLED, {}, { waits: new Map() }))).toEqual([undefined]);
  });

  test('each order of an opening leg by leg, whose row has only numbers', () => {
    const legs = 'leg by leg: 0 of 3 combos opened; leg 1 sold 0 of 3; leg 2 bought 0 of 3';
    expect(by(seen(legs))).toEqual(['the market']);
    expect(by(seen(legs, { ms: 100_000 }))).toEqual([undefined]);
    // A halt cancels it, whatever other faults there were.
    const halted = { injections: [during('kill-postgres', { from: WALL - 1_000 }), during('halt')] };
    expect(by(seen(legs, { ms: 4_000, toItsEnd: false }, halted))).toEqual(['halt']);
    // No order was sent and no quote was missing: our own code held it back.
    const unsent = (kind: InjectedFault['kind']) =>
      by(failed([legs], { intents: new Map(), injections: [during(kind)] }));
    expect(unsent('kill-worker')).toEqual([undefined]);
    expect(unsent('quotes-delayed')).toEqual(['quotes-delayed']);
  });
});
