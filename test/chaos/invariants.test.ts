/** Each invariant of the campaign finds its violation, and finds nothing where everything held. */
import { expect, test } from '@jest/globals';
import type { Evidence } from '../../chaos/evidence.js';
import { violationsOf } from '../../chaos/invariants/index.js';
import { latestAt } from '../../chaos/invariants/wall-clock.js';
import {
  brokerWith,
  ENTRY_REF,
  EXIT_REF,
  entry,
  evidence,
  execution,
  fillOf,
  frame,
  holding,
  intent,
  OPEN_AT,
  POSITION,
  record,
  row,
  sharesHeld,
  WALL,
} from './evidence-support.js';

const names = (found: Evidence) => [...new Set(violationsOf(found).map(({ invariant }) => invariant))];

test('no violation is found where everything held', () => {
  expect(violationsOf(evidence())).toEqual([]);
});

const base = evidence();
const second = `LW|${POSITION}|2|combo|2`;

/** An alert about a change, so many market ms after the first frame; ten of them are one of the wall. */
function told(at: number): Evidence['alerts'][number] {
  return { rule: 'outside_change', positionId: POSITION, lastAt: OPEN_AT + at } as Evidence['alerts'][number];
}

function withoutResult(): Evidence['executions'][number] {
  const { realizedPnl: _, ...rest } = row(0);
  return rest;
}

const BROKEN: readonly (readonly [invariant: string, evidence: Evidence])[] = [
  ['one order an intent', evidence({ journal: [...base.journal, frame(9, EXIT_REF, 4)] })],
  [
    'one live order an intent',
    evidence({ broker: brokerWith({ done: [...base.broker.done, record(second, 4, 'BUY', 5_500, 7_000)] }) }),
  ],
  [
    'taken once',
    evidence({
      broker: brokerWith({ done: [...base.broker.done, { ...record(EXIT_REF, 3, 'BUY', 7_000, 8_000), permId: 7 }] }),
    }),
  ],
  ['intent first', evidence({ intents: new Map([[ENTRY_REF, intent(ENTRY_REF, 2)]]) })],
  [
    'intent first',
    evidence({
      intents: new Map([
        [ENTRY_REF, intent(ENTRY_REF, 2)],
        [EXIT_REF, intent(EXIT_REF, 9)],
      ]),
    }),
  ],
  ['lease held', evidence({ leases: [...base.leases, { holder: 'two', token: 2, from: WALL - 5_000 }] })],
  [
    'right account',
    evidence({
      journal: base.journal.map((entry) => ({ ...entry, fields: { ...entry.fields, account: 'DU2' } })),
    }),
  ],
  [
    'nothing parked',
    evidence({ intents: new Map([...base.intents, [EXIT_REF, intent(EXIT_REF, 3, { state: 'PARKED' })]]) }),
  ],
  ['nothing opens while halted', evidence({ halts: [{ state: 'REDUCING', from: WALL - 1_000, to: WALL + 150 }] })],
  ['nothing leaves while halted', evidence({ halts: [{ state: 'HALTED', from: WALL + 210, to: WALL + 900 }] })],
  [
    'nothing opens on delayed quotes',
    evidence({ outages: [{ what: 'gateway marketData', from: WALL - 5_000, to: WALL + 150 }] }),
  ],
  [
    'only when open',
    evidence({
      journal: base.journal.map((entry) => ({ ...entry, at: OPEN_AT - 60 * 60_000 })),
      clock: [{ wall: WALL, market: OPEN_AT - 60 * 60_000, speed: 10 }],
    }),
  ],
  ['exits in time', evidence({ exitAsked: new Map([[POSITION, WALL - 61_000]]) })],
  ['exits in time', evidence({ journal: base.journal.slice(0, 2), exitAsked: new Map([[POSITION, WALL - 61_000]]) })],
  ['ledger is the broker’s', evidence({ fills: base.fills.slice(1) })],
  ['ledger is the broker’s', evidence({ fills: [...base.fills, fillOf(execution(EXIT_REF, 8, 'BOT', 6_500))] })],
  ['ledger is the broker’s', evidence({ fills: base.fills.map((fill) => ({ ...fill, price: fill.price + 10_000 })) })],
  ['positions agree', evidence({ executions: [row(-2)] })],
  [
    'never beyond what is held',
    evidence({ broker: brokerWith({ executions: base.broker.executions.slice(1) }), fills: base.fills.slice(1) }),
  ],
  [
    'never beyond what is held',
    evidence({
      broker: brokerWith({
        done: [...base.broker.done, record(`LW|${POSITION}|3|combo|1`, 4, 'BUY', 5_500, 7_000)],
      }),
      intents: new Map([...base.intents, [`LW|${POSITION}|3|combo|1`, intent(`LW|${POSITION}|3|combo|1`, 4)] as const]),
    }),
  ],
  [
    'nothing closed twice',
    evidence({
      broker: brokerWith({ executions: [...base.broker.executions, execution(EXIT_REF, 8, 'BOT', 6_500)] }),
    }),
  ],
  [
    'entries open',
    evidence({ entries: [entry({ status: 'FAILED', reasons: ['the order was not filled in its time'] })] }),
  ],
  ['positions agree', evidence({ executions: [{ ...row(0), shares: 100 }] })],
  ['positions agree', evidence({ broker: brokerWith({ holdings: [sharesHeld(-100)] }) })],
  ['changes are told', evidence({ outside: [{ name: 'assign', positionId: POSITION, at: WALL }] })],
  [
    'changes are told',
    evidence({
      outside: [{ name: 'hand-leg', positionId: POSITION, at: WALL }],
      alerts: [told(-60_000), told(601_000), { ...told(1_000), rule: 'attention' }],
    }),
  ],
  ['what expired has its money', evidence({ expired: [POSITION], executions: [{ ...row(0), status: 'BROKEN' }] })],
  ['what expired has its money', evidence({ expired: [POSITION], executions: [withoutResult()] })],
  ['money agrees', evidence({ broker: brokerWith({ cash: 1_149.99 }) })],
  ['nothing naked unseen', evidence({ broker: brokerWith({ holdings: [holding(-2)] }), executions: [row(-2)] })],
];

test('a change that an alert of its position tells of in time is no violation', () => {
  const outside = [{ name: 'hand-leg', positionId: POSITION, at: WALL }] as const;
  expect(violationsOf(evidence({ outside, alerts: [told(599_000)] }))).toEqual([]);
});

test('contracts that an assignment took are not held any more', () => {
  const moves = [
    { conId: record(EXIT_REF, 3, 'BUY', 0, 0).legs[0]?.contract.conId ?? 0, quantity: 2, at: OPEN_AT + 3_000 },
  ];
  expect(names(evidence({ moves }))).toEqual(['never beyond what is held']);
});

test('an estimated result may differ from the account', () => {
  const broker = brokerWith({ cash: 1_149 });
  expect(violationsOf(evidence({ broker, estimated: new Set([POSITION]) }))).toEqual([]);
});

test.each(BROKEN)('%s', (invariant, broken) => {
  expect(names(broken)).toContain(invariant);
});

test('the clock of a gateway that was away is behind: an order that leaves by its former clock is no violation', () => {
  const journal = base.journal.map((entry) => ({ ...entry, at: OPEN_AT - 60 * 60_000 }));
  const clock = [
    { wall: WALL - 60_000, market: OPEN_AT - 590_000, speed: 10 },
    { wall: WALL - 1_000, market: OPEN_AT - 61 * 60_000, speed: 10 },
  ];
  const broken = (found: Evidence) => violationsOf(found).filter(({ invariant }) => invariant === 'only when open');
  expect(broken(evidence({ journal, clock }))).toEqual([]);
  expect(broken(evidence({ journal, clock: clock.slice(1) }))).not.toEqual([]);
});

describe("the worker's clock beside that of a gateway that is killed", () => {
  /** Started again at these wall times, each time as far behind; ten market ms each wall ms. */
  const starts = (...segments: readonly (readonly [wall: number, market: number])[]) =>
    segments.map(([wall, market]) => ({ wall, market, speed: 10 }));
  const once = starts([0, 0], [1_000, 5_000]);
  const thrice = starts([0, 0], [1_000, 5_000], [2_000, 10_000], [3_000, 15_000]);
  test.each([
    ['runs with the first start', once, 500, 5_000],
    ['holds what it had at the restart', once, 1_200, 10_000],
    ['is held until the gateway has caught up', once, 1_500, 10_000],
    ['then runs with it', once, 2_000, 15_000],
    ['three kills do not add up: held after the second', thrice, 2_100, 15_000],
    ['three kills do not add up: held after the third', thrice, 3_100, 20_000],
    ['three kills do not add up: long after', thrice, 10_000, 85_000],
    ['a start that is killed before it has caught up', starts([0, 0], [1_000, 1_000], [1_100, 1_500]), 1_200, 10_000],
    ['a start that is ahead', starts([0, 0], [1_000, 30_000]), 1_100, 31_000],
  ])('%s', (_what, clock, wall, market) => {
    expect(latestAt(clock, wall)).toBe(market);
  });
});

test('time with parts down does not count for an exit', () => {
  const exitAsked = new Map([[POSITION, WALL - 90_000]]);
  const outages = [
    { what: 'worker', from: WALL - 90_000, to: WALL - 60_000 },
    { what: 'postgres', from: WALL - 70_000, to: WALL - 50_000 },
  ];
  expect(violationsOf(evidence({ exitAsked, outages }))).toEqual([]);
  expect(names(evidence({ exitAsked, outages: outages.slice(1) }))).toEqual(['exits in time']);
});

test('a short with an alert is no violation by itself', () => {
  const alert = { status: 'ACTIVE', symbol: 'SPY' } as Evidence['alerts'][number];
  const found = evidence({ broker: brokerWith({ holdings: [holding(-2)] }), executions: [row(-2)], alerts: [alert] });
  expect(names(found)).toEqual([]);
});

/** The evidence with a stop and a target that work during an interval. */
function resting(from: number, to: number, ...requests: readonly Parameters<typeof record>[5][]) {
  const refs = requests.map((_, index) => `LW|${POSITION}|${index + 3}|${index === 0 ? 'stop' : 'target'}|1`);
  return evidence({
    broker: brokerWith({
      done: [
        ...base.broker.done,
        ...refs.map((ref, index) => record(ref, 20 + index, 'BUY', from, to, requests[index])),
      ],
    }),
    intents: new Map([...base.intents, ...refs.map((ref, index) => [ref, intent(ref, 20 + index)] as const)]),
  });
}

test('only one order of an OCA group with block counts; without a group each counts', () => {
  const ocaGroup = 'LW-group';
  expect(violationsOf(resting(3_000, 4_000, { ocaGroup }, { ocaGroup }))).toEqual([]);
  expect(names(resting(3_000, 4_000, { ocaGroup }, {}))).toEqual(['never beyond what is held']);
});

test('a child of a bracket counts once its parent has filled', () => {
  expect(violationsOf(resting(1_000, 4_000, { parentId: 2 }))).toEqual([]);
  expect(names(resting(1_000, 4_000, {}))).toEqual(['never beyond what is held']);
});
