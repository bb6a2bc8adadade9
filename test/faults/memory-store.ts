/**
 * The tracker's part of the store, in memory, with the real one's rules: for a hundred thousand runs. The same property
 * runs over Postgres too, so that the two cannot drift apart.
 */
import type { Fill } from '../../src/domain/order/fill.js';
import { statesBefore } from '../../src/domain/order/intent-state.js';
import type { FoldedPosition } from '../../src/domain/position/ledger.js';
import type { IntentRow, PositionRow, Store } from '../../src/store/api.js';

export interface Memory {
  readonly store: Store;
  readonly intent: () => IntentRow;
  readonly fills: () => readonly Fill[];
}

/** A store that knows one intent of one position. */
export function memoryStore(row: IntentRow, position: PositionRow): Memory {
  let intent = row;
  let execution = position;
  const fills = new Map<string, Fill>();
  const all = () => [...fills.values()];
  const parts = {
    intents: {
      get: async (orderRef: string) => (orderRef === intent.orderRef ? intent : undefined),
      mark: async (_ref: string, state: IntentRow['state'], more: { permId?: number; reason?: string; at: number }) => {
        if (!statesBefore(state).includes(intent.state)) return intent;
        const { at, ...rest } = more;
        intent = { ...intent, ...rest, state, updatedAt: at };
        return intent;
      },
    },
    orders: { upsert: async () => undefined },
    alerts: { raise: async () => undefined, end: async () => undefined, list: async () => [] },
    fills: {
      append: async (told: readonly Fill[]) => {
        const added = told.filter((fill) => !fills.has(fill.execId));
        for (const fill of added) fills.set(fill.execId, fill);
        return added;
      },
      setCommission: async (execId: string, commission: number) => {
        const known = fills.get(execId);
        if (known !== undefined) fills.set(execId, { ...known, commission });
      },
      ofOrder: async () => all(),
      ofPosition: async () => all(),
    },
    executions: {
      get_execution: async () => execution,
      applyLedger: async (_id: string, fold: (fills: readonly Fill[]) => FoldedPosition) => {
        const state = fold(all());
        const { openedCombos, openCombos } = state;
        execution = { ...execution, openedCombos, openCombos };
        return state;
      },
      update_execution_status: async (_id: string, status: PositionRow['status']) => {
        execution = { ...execution, status };
      },
    },
  };
  return { store: parts as unknown as Store, intent: () => intent, fills: all };
}
