/**
 * The over-close check over every structure: whatever is held, filled, working and changed by others, an order that it
 * allows never takes a contract of the ledger or the account across zero, even if every order fills to its end.
 */
import fc from 'fast-check';
import type { BrokerDeps } from '../../src/activities/context/deps.js';
import { checkOverClose } from '../../src/activities/orders/over-close.js';
import { opposite } from '../../src/domain/option.js';
import type { StrategyPlan } from '../../src/domain/strategy/strategy.js';
import type { IntentRow } from '../../src/store/api.js';
import { anyStructure } from '../domain/strategy/structures.js';
import { propertyRuns } from '../support/runs.js';

const RUNS = propertyRuns(1_000);

interface Step {
  /** Which of two positions of the same contracts. */
  readonly of: number;
  readonly combos: number;
  /** Its combos that have filled by the next step. */
  readonly filled: number;
  /** An external trade in the first contract meanwhile, contracts signed. */
  readonly outside: number;
}

const steps = fc.array(
  fc.record({
    of: fc.nat({ max: 1 }),
    combos: fc.integer({ min: 1, max: 6 }),
    filled: fc.nat({ max: 6 }),
    outside: fc.oneof({ arbitrary: fc.constant(0), weight: 4 }, fc.integer({ min: -4, max: 4 })),
  }),
  { minLength: 1, maxLength: 8 },
);

/** Fills of the legs as the ledger would hold them: one execution per leg, for this many combos. */
const fillsOf = (intent: IntentRow, combos: number) =>
  combos === 0
    ? []
    : intent.payload.legs.map((leg, index) => ({
        execId: `${intent.orderRef}.0${index}.01`,
        orderRef: intent.orderRef,
        conId: leg.contract.conId,
        secType: 'OPT' as const,
        side: leg.action,
        quantity: leg.ratio * combos,
      }));

function reducing(plan: StrategyPlan, { of, combos }: Step, index: number): IntentRow {
  const legs = plan.legs.map((leg) => ({ ...leg, action: opposite(leg.action) }));
  return {
    orderRef: `LW|position-${of}|${index + 1}|combo|1`,
    positionId: `position-${of}`,
    purpose: 'REDUCE',
    state: 'WORKING',
    payload: { legs, quantity: combos },
  } as unknown as IntentRow;
}

test(`no order that may leave crosses zero, by the ledger or the account (${RUNS} runs)`, async () => {
  let went = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(anyStructure, steps, async (plan, all) => {
      const sign = (action: string) => (action === 'BUY' ? 1 : -1);
      const conIds = plan.legs.map((leg) => leg.contract.conId);
      // Two positions of these contracts are open.
      const ledger = new Map(
        plan.legs.map((leg) => [leg.contract.conId, sign(leg.action) * leg.ratio * plan.quantity * 2]),
      );
      const account = new Map(ledger);
      const working: { readonly intent: IntentRow; filled: number }[] = [];
      const deps = {
        store: {
          fills: {
            openQuantities: async () => ledger,
            ofOrder: async (ref: string) => {
              const one = working.find(({ intent }) => intent.orderRef === ref);
              return one === undefined ? [] : fillsOf(one.intent, one.filled);
            },
          },
          intents: { unsettled: async () => working.map(({ intent }) => intent) },
        },
        broker: {
          positions: async () => ({
            complete: true,
            rows: [...account].map(([conId, quantity]) => ({ conId, quantity })),
          }),
        },
      } as unknown as BrokerDeps;
      for (const [index, step] of all.entries()) {
        const intent = reducing(plan, step, index);
        if ((await checkOverClose(deps, intent)) === undefined) {
          went += 1;
          working.push({ intent, filled: 0 });
          for (const conId of conIds) {
            const rest = working
              .flatMap((one) => one.intent.payload.legs.map((leg) => ({ leg, one })))
              .filter(({ leg }) => leg.contract.conId === conId)
              .reduce(
                (sum, { leg, one }) => sum + sign(leg.action) * leg.ratio * (one.intent.payload.quantity - one.filled),
                0,
              );
            for (const held of [ledger.get(conId) ?? 0, account.get(conId) ?? 0]) {
              expect(Math.sign(held) * (held + rest)).toBeGreaterThanOrEqual(0);
              expect(Math.sign(rest)).toBe(-Math.sign(held));
            }
          }
          const filled = Math.min(step.filled, step.combos);
          (working.at(-1) as { filled: number }).filled = filled;
          for (const fill of fillsOf(intent, filled)) {
            for (const book of [ledger, account])
              book.set(fill.conId, (book.get(fill.conId) ?? 0) + sign(fill.side) * fill.quantity);
          }
        } else refused += 1;
        const [first] = conIds;
        if (first !== undefined && step.outside !== 0) account.set(first, (account.get(first) ?? 0) + step.outside);
      }
    }),
    { numRuns: RUNS },
  );
  expect(went).toBeGreaterThan(RUNS / 4);
  expect(refused).toBeGreaterThan(RUNS / 4);
});
