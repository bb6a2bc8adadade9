/**
 * Any permutation, duplication or loss of the broker's messages about an order leads to the same state, or to an unknown
 * one; and the final query of the broker restores everything that was lost. The real tracker runs over the real store on
 * Postgres and, for many runs (LEGWORK_PROPERTY_RUNS), over one in memory.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BrokerDeps } from '../../src/activities/context/deps.js';
import { OrderTracker } from '../../src/activities/orders/tracker.js';
import type { Broker, BrokerOrder, OrderEvent } from '../../src/broker/api.js';
import type { Fill } from '../../src/domain/order/fill.js';
import type { IntentState } from '../../src/domain/order/intent-state.js';
import { effectiveFills, foldPosition } from '../../src/domain/position/ledger.js';
import type { IntentRow, PositionRow, Store } from '../../src/store/index.js';
import { execution, intent, NOW, newPositionId, PLAN, payload, testServer } from '../store/support.js';
import { propertyRuns } from '../support/runs.js';
import { memoryStore } from './memory-store.js';

const RUNS = propertyRuns(3_000);
const POSTGRES_RUNS = Math.min(RUNS, 100);
const ORDER_ID = 41;
const PERM_ID = 9_000_001;
const CLIENT_ID = 7;

const server = testServer();

type End = 'Filled' | 'Cancelled' | 'Submitted';

/** The events at the exchange. */
interface Truth {
  readonly positionId: string;
  readonly orderRef: string;
  readonly quantity: number;
  readonly fills: readonly Fill[];
  readonly end: End;
  readonly filled: number;
}

interface History {
  readonly parts: readonly number[];
  readonly end: End;
  readonly correctFirst: boolean;
  /** The reported events in order: indexes into the events, each any number of times. */
  readonly told: readonly number[];
  /** The broker's list of completed orders often says that nothing was filled. */
  readonly lossyList: boolean;
  readonly tracked: boolean;
}

const histories: fc.Arbitrary<History> = fc.record({
  parts: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 3 }),
  end: fc.constantFrom('Filled', 'Cancelled', 'Submitted'),
  correctFirst: fc.boolean(),
  told: fc.array(fc.nat({ max: 10_000 }), { maxLength: 24 }),
  lossyList: fc.boolean(),
  tracked: fc.boolean(),
});

function truthOf(positionId: string, { parts, end, correctFirst }: History): Truth {
  const orderRef = `LW|${positionId}|1|combo|1`;
  const filled = parts.reduce((sum, part) => sum + part, 0);
  const fills = parts.flatMap((combos, part) => [
    fillOf(orderRef, `${positionId}.p${part}.00.01`, 'BAG', 0, 'BUY', combos, -2_500_000),
    ...PLAN.legs.map((leg, index) =>
      fillOf(
        orderRef,
        `${positionId}.p${part}.0${index + 1}.01`,
        'OPT',
        leg.contract.conId,
        leg.action,
        combos,
        4_000_000,
      ),
    ),
  ]);
  const [, first] = fills;
  const corrected = first && { ...first, execId: first.execId.replace(/01$/, '02'), price: 3_950_000 };
  return {
    positionId,
    orderRef,
    // A filled order has its full quantity; the others wanted one combo more.
    quantity: end === 'Filled' ? Math.max(filled, 1) : filled + 1,
    fills: correctFirst && corrected ? [...fills, corrected] : fills,
    end: end === 'Filled' && filled === 0 ? 'Submitted' : end,
    filled,
  };
}

function fillOf(
  orderRef: string,
  execId: string,
  secType: 'OPT' | 'BAG',
  conId: number,
  side: 'BUY' | 'SELL',
  quantity: number,
  price: number,
): Fill {
  const order = { orderRef, orderId: ORDER_ID, permId: PERM_ID, account: 'DU1' };
  return { ...order, execId, secType, conId, side, quantity, price, at: NOW, liquidation: false };
}

function orderOf(truth: Truth, status: BrokerOrder['status'], filled: number): BrokerOrder {
  return {
    orderId: ORDER_ID,
    clientId: CLIENT_ID,
    permId: PERM_ID,
    orderRef: truth.orderRef,
    account: 'DU1',
    status,
    conId: 0,
    legs: [],
    action: 'BUY',
    orderType: 'LMT',
    quantity: truth.quantity,
    filled,
    remaining: truth.quantity - filled,
  };
}

/** All reports of the broker, in the order of the events. */
function eventsOf(truth: Truth): readonly OrderEvent[] {
  const said = (status: BrokerOrder['status'], filled: number): OrderEvent => ({
    kind: 'order',
    order: orderOf(truth, status, filled),
    epoch: 1,
  });
  const legs = truth.fills.filter((fill) => fill.secType === 'OPT');
  return [
    said('PendingSubmit', 0),
    said('PreSubmitted', 0),
    said('Submitted', 0),
    { kind: 'error', orderId: ORDER_ID, code: 399, text: 'Order message: held until the open', epoch: 1 },
    ...truth.fills.flatMap((fill): OrderEvent[] => [{ kind: 'fill', fill, epoch: 1 }]),
    ...legs.map((fill): OrderEvent => ({ kind: 'commission', execId: fill.execId, commission: 650_000, epoch: 1 })),
    ...(truth.filled > 0 ? [said('Submitted', Math.min(1, truth.filled))] : []),
    ...(truth.end === 'Cancelled' ? [said('PendingCancel', truth.filled)] : []),
    ...(truth.end === 'Cancelled'
      ? [{ kind: 'error', orderId: ORDER_ID, code: 202, text: 'Order Canceled', epoch: 1 } as const]
      : []),
    said(truth.end, truth.filled),
  ];
}

const STATE_OF = { Filled: 'FILLED', Cancelled: 'CANCELLED', Submitted: 'WORKING' } as const;
/** States that do not claim how the order ended. */
const OPEN: readonly IntentState[] = ['SENDING', 'WORKING', 'UNKNOWN'];

interface Stage {
  readonly store: Store;
  readonly state: () => Promise<IntentState | undefined>;
  readonly ledger: () => Promise<readonly Fill[]>;
  readonly open: () => Promise<number | undefined>;
}

/** Reports the history and then queries the broker; asserts every invariant on the way. */
async function play(truth: Truth, history: History, stage: Stage): Promise<void> {
  let emit: (event: OrderEvent) => void = () => undefined;
  const broker = {
    orders: {
      on: (listener: (event: OrderEvent) => void) => {
        emit = listener;
        return () => undefined;
      },
    },
    clock: { now: () => NOW, hold: () => () => undefined },
    state: () => ({ epoch: 1, clientId: CLIENT_ID }),
  };
  const failures: unknown[] = [];
  const log = (level: string, _message: string, fields?: object) => level === 'error' && failures.push(fields);
  const tracker = new OrderTracker({
    store: stage.store,
    broker: broker as unknown as Broker,
    log,
  } as unknown as BrokerDeps);
  tracker.start();
  if (history.tracked) tracker.track(truth.orderRef, ORDER_ID);
  const events = eventsOf(truth);
  for (const index of history.told) {
    const event = events[index % events.length];
    if (event !== undefined) emit(event);
  }
  await tracker.drained();

  const heard = await stage.state();
  expect([...OPEN, STATE_OF[truth.end]]).toContain(heard);
  const known = new Set(truth.fills.map((fill) => fill.execId));
  for (const fill of await stage.ledger()) expect(known).toContain(fill.execId);

  const listed = orderOf(truth, truth.end, history.lossyList && truth.end !== 'Submitted' ? 0 : truth.filled);
  await tracker.ingest([listed], truth.fills);
  tracker.close();
  expect(await stage.state()).toBe(STATE_OF[truth.end]);
  const plain = (fills: readonly Fill[]) =>
    effectiveFills(fills).map(({ execId, quantity, price }) => [execId, quantity, price]);
  expect(plain(await stage.ledger())).toEqual(plain(truth.fills));
  expect(await stage.open()).toBe(foldPosition({ plan: PLAN, fills: truth.fills }).openCombos);
  expect(failures).toEqual([]);
}

test(`callbacks in any order, doubled or lost, over a store in memory (${RUNS} runs)`, async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const positionId = 'spy-bps-20260302-mem001';
      const truth = truthOf(positionId, history);
      const row = {
        plan: PLAN,
        status: 'PENDING',
        legs: [],
        openCombos: 0,
        openedCombos: 0,
        attentionReasons: {},
      } as unknown as PositionRow;
      const memory = memoryStore(sendingOf(truth), row);
      await play(truth, history, {
        store: memory.store,
        state: async () => memory.intent().state,
        ledger: async () => memory.fills(),
        open: async () => (await memory.store.executions.get_execution(positionId))?.openCombos,
      });
    }),
    { numRuns: RUNS },
  );
}, 3_600_000);

function sendingOf(truth: Truth): IntentRow {
  const planned = intent(truth.positionId, { payload: payload(truth.positionId, { quantity: truth.quantity }) });
  return { ...planned, state: 'SENDING', orderId: ORDER_ID, clientId: CLIENT_ID, createdAt: NOW, updatedAt: NOW };
}

test(`callbacks in any order, doubled or lost, over Postgres (${POSTGRES_RUNS} runs)`, async () => {
  const { store } = server;
  const token = await store.leases.acquire('broker', 'test', 3_600_000);
  if (token === undefined) throw new Error('the lease is held by somebody');
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const truth = truthOf(newPositionId(), history);
      const { positionId, orderRef, quantity } = truth;
      await store.executions.save_execution(execution(positionId));
      await store.intents.plan(intent(positionId, { payload: payload(positionId, { quantity }) }), NOW);
      const sending = { orderId: ORDER_ID, clientId: CLIENT_ID, sessionEpoch: 'p:1', overrideHalt: false, at: NOW };
      expect(await store.intents.markSending(orderRef, { ...sending, token })).toBe(true);
      await play(truth, history, {
        store,
        state: async () => (await store.intents.get(orderRef))?.state,
        ledger: () => store.fills.ofPosition(positionId),
        open: async () => (await store.executions.get_execution(positionId))?.openCombos,
      });
    }),
    { numRuns: POSTGRES_RUNS },
  );
}, 600_000);
