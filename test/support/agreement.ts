/** Whether the three places that know the open positions agree: the gateway, the database, and Temporal. */
import { WorkflowNotFoundError } from '@temporalio/client';
import type { PositionRow } from '../../src/store/api.js';
import type { World } from './world.js';

/** One sentence a difference; empty when all agree. */
export async function disagreements(world: World): Promise<readonly string[]> {
  const { store, gateway } = world;
  const rows = await store.executions.list({ limit: 500 });
  const atBroker = new Map<number, number>();
  for (const { contract, quantity } of gateway.positions()) add(atBroker, contract.conId, quantity);
  const inRows = new Map<number, number>();
  for (const row of rows) {
    for (const leg of row.legs) add(inRows, leg.contract.conId, leg.openQuantity);
    add(inRows, row.underlyingConId, row.shares);
  }
  const inLedger = await store.fills.openQuantities();
  return [
    ...differences('gateway and positions', atBroker, inRows),
    ...differences('gateway and fills', atBroker, inLedger),
    ...(await Promise.all(rows.map((row) => runDiffers(world, row)))).filter((text) => text !== undefined),
  ];
}

function add(sums: Map<number, number>, conId: number, quantity: number): void {
  sums.set(conId, (sums.get(conId) ?? 0) + quantity);
}

function differences(
  what: string,
  left: ReadonlyMap<number, number>,
  right: ReadonlyMap<number, number>,
): readonly string[] {
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((conId) => (left.get(conId) ?? 0) !== (right.get(conId) ?? 0))
    .map((conId) => `${what}: ${conId} is ${left.get(conId) ?? 0} and ${right.get(conId) ?? 0}`);
}

/** A position has a run exactly while it is open. */
async function runDiffers(world: World, row: PositionRow): Promise<string | undefined> {
  const open = row.status !== 'CLOSED' && row.status !== 'FAILED';
  const status = await statusOf(world, row.workflowId);
  if (open === (status === 'RUNNING')) return undefined;
  return `${row.positionId} is ${row.status} and its workflow ${status}`;
}

export async function statusOf(world: World, workflowId: string): Promise<string> {
  const { client } = await world.client.links.temporal();
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'MISSING';
    throw error;
  }
}
