/** Which faults there are, how often each is drawn, and within which bounds. */
import type { FaultInput } from 'ib-gateway';
import type { Action } from './actions.js';
import type { Draw } from './random.js';

type Maker = (draw: Draw, speed: number, longest: number) => Action;

const REJECTION = 'Order rejected - reason:System is unavailable';
const TOLD = ['ORDER_STATUS', 'OPEN_ORDER', 'EXECUTION_DATA', 'COMMISSION_REPORT'] as const;

function lasting(fault: FaultInput, until: FaultInput, untilMs: number): Action {
  return { kind: 'gateway', fault, until, untilMs };
}

const gateway = (fault: FaultInput): Action => ({ kind: 'gateway', fault });

/** Each kind with its weight and how one is made; `longest` bounds an outage in wall ms, gateway times are market ms. */
const MAKERS = {
  'kill-worker': [8, (draw, _, longest) => ({ kind: 'kill-worker', downMs: draw.whole(0, longest / 2) })],
  'stop-worker': [2, () => ({ kind: 'stop-worker' })],
  'pause-worker': [3, (draw, _, longest) => ({ kind: 'pause-worker', ms: draw.whole(1_000, longest * 2) })],
  'kill-backends': [3, () => ({ kind: 'kill-backends', hard: false })],
  'kill-backend-hard': [2, () => ({ kind: 'kill-backends', hard: true })],
  'kill-postgres': [4, (draw, _, longest) => ({ kind: 'kill-postgres', downMs: draw.whole(0, longest) })],
  'cut-postgres': [2, (draw, _, longest) => ({ kind: 'cut-postgres', ms: draw.whole(100, longest) })],
  'kill-temporal': [4, (draw, _, longest) => ({ kind: 'kill-temporal', downMs: draw.whole(0, longest) })],
  'cut-temporal': [2, (draw, _, longest) => ({ kind: 'cut-temporal', ms: draw.whole(100, longest) })],
  'kill-gateway': [5, (draw, _, longest) => ({ kind: 'kill-gateway', downMs: draw.whole(0, longest) })],
  drop: [3, () => gateway({ kind: 'drop' })],
  freeze: [
    4,
    (draw, _, longest) =>
      lasting(
        { kind: 'freeze', input: draw.one(['discard', 'queue', 'process'] as const) },
        { kind: 'unfreeze' },
        draw.whole(500, longest * 2),
      ),
  ],
  refuse: [
    1,
    (draw, _, longest) =>
      lasting({ kind: 'refuse', on: true }, { kind: 'refuse', on: false }, draw.whole(500, longest)),
  ],
  'restart-rollback': [3, (draw) => gateway({ kind: 'restart', rollback: draw.whole(0, 20) })],
  connectivity: [
    3,
    (draw, speed, longest) =>
      gateway({ kind: 'connectivity', ms: draw.whole(500, longest) * speed, dataLost: draw.chance(0.5) }),
  ],
  'mute-placed': [3, (draw, _, longest) => mute(true, draw.whole(500, longest))],
  'mute-swallowed': [3, (draw, _, longest) => mute(false, draw.whole(500, longest))],
  omit: [4, (draw) => gateway({ kind: 'omit', message: draw.one(TOLD), n: draw.whole(1, 6) })],
  duplicate: [2, (draw) => gateway({ kind: 'duplicate', message: draw.one(TOLD), n: draw.whole(1, 6) })],
  delay: [
    3,
    (draw, speed) =>
      gateway({
        kind: 'delay',
        message: draw.one(TOLD),
        n: draw.whole(1, 6),
        ms: draw.whole(200, 4_000) * speed,
      }),
  ],
  reorder: [
    2,
    (draw, speed) =>
      gateway({
        kind: 'reorder',
        message: draw.one(['ORDER_STATUS', 'OPEN_ORDER'] as const),
        n: draw.whole(1, 3),
        after: 'EXECUTION_DATA',
        ms: 3_000 * speed,
      }),
  ],
  corrupt: [
    1,
    (draw) =>
      gateway({
        kind: 'corrupt',
        message: draw.one(['ORDER_STATUS', 'OPEN_ORDER'] as const),
        n: 1,
        how: draw.one(['short', 'long', 'garbled'] as const),
      }),
  ],
  'false-empty': [
    2,
    (draw) =>
      gateway({
        kind: 'falseEmpty',
        answer: draw.one(['openOrders', 'completedOrders', 'executions'] as const),
        n: 1,
      }),
  ],
  'reject-new': [
    3,
    (draw) => gateway({ kind: 'rejectNext', n: draw.whole(1, 2), code: 201, text: REJECTION, on: 'new' }),
  ],
  'reject-placed': [
    1,
    () => gateway({ kind: 'rejectNext', n: 1, code: 103, text: 'Duplicate order id', on: 'new', place: true }),
  ],
  'reject-modify': [2, () => gateway({ kind: 'rejectNext', n: 1, code: 201, text: REJECTION, on: 'modify' })],
  'cancel-answer': [
    2,
    (draw) => {
      const act = draw.chance(0.5);
      const [code, text] = draw.one([
        [161, 'Cancel attempted when order is not in a cancellable state'],
        [10147, 'OrderId that needs to be cancelled is not found'],
      ] as const);
      return gateway({ kind: 'cancelAnswer', n: 1, code, text, act });
    },
  ],
  'quotes-delayed': [
    1,
    (draw, _, longest) =>
      lasting(
        { kind: 'marketData', state: 'delayed' },
        { kind: 'marketData', state: 'live' },
        draw.whole(500, longest),
      ),
  ],
  'correct-execution': [2, (draw) => ({ kind: 'correct-execution', by: draw.one([-0.05, 0.05]) })],
  'late-commission': [
    1,
    (draw, speed) => ({ kind: 'late-commission', n: draw.whole(1, 3), ms: draw.whole(500, 5_000) * speed }),
  ],
  halt: [
    2,
    (draw, _, longest) => {
      const ms = draw.whole(1_000, longest);
      return { kind: 'halt', state: ms % 2 === 0 ? 'HALTED' : 'REDUCING', ms };
    },
  ],
} as const satisfies Readonly<Record<string, readonly [weight: number, make: Maker]>>;

export type FaultKind = keyof typeof MAKERS;
export const FAULT_KINDS = Object.keys(MAKERS) as readonly FaultKind[];

const LONGEST_MS = 6_000;
const LONGEST_BRIEF_MS = 1_500;

export interface FaultOptions {
  readonly brief?: boolean;
  readonly only?: readonly FaultKind[];
}

/** A fault with its kind's name. */
export interface DrawnFault {
  readonly name: FaultKind;
  readonly action: Action;
}

export function drawFault(draw: Draw, speed: number, { brief, only }: FaultOptions): DrawnFault {
  const kinds = only === undefined || only.length === 0 ? FAULT_KINDS : only;
  const name = draw.weighted(kinds.map((kind) => [kind, MAKERS[kind][0]] as const));
  const make: Maker = MAKERS[name][1];
  return { name, action: make(draw, speed, brief === true ? LONGEST_BRIEF_MS : LONGEST_MS) };
}

function mute(place: boolean, untilMs: number): Action {
  const orderRefPrefix = 'LW|';
  return lasting({ kind: 'mute', orderRefPrefix, place }, { kind: 'mute', orderRefPrefix, off: true }, untilMs);
}
