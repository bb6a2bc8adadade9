/**
 * Instructions to exercise are settled by evidence, whatever the broker answered when they were sent: by the exercise in the position's
 * ledger, or by the account of the next business morning, which still holds the contracts.
 */
import { contractName } from '../../domain/order/order.js';
import { accountMorning } from '../../domain/position/settlement.js';
import type { ExerciseRow, LegRow, PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';

const EXERCISE_ALERT = 'exercise_not_done';

/** After the account's changes were imported: the ledger must agree with the account before the absence of an exercise says anything. */
export async function settleExercises({
  deps: { broker, store },
}: {
  readonly deps: Pick<BrokerDeps, 'broker' | 'store'>;
}): Promise<void> {
  const open = await store.exercises.unsettled();
  if (open.length === 0) return;
  const [positions, ours] = await Promise.all([broker.positions(), store.fills.openQuantities()]);
  const inAccount = (conId: number) =>
    positions.rows.filter((one) => one.conId === conId).reduce((sum, { quantity }) => sum + quantity, 0);
  for (const exercise of open) {
    const row = await store.executions.get_execution(exercise.positionId);
    const leg = row?.legs.find(({ legNo }) => legNo === exercise.legNo);
    if (row === undefined || leg === undefined) continue;
    const changes = await store.externalChanges.ofPosition(row.positionId);
    const done = changes
      .filter(({ legNo, kind, at }) => legNo === leg.legNo && kind === 'exercised' && at >= exercise.at)
      .reduce((sum, { quantity }) => sum + quantity, 0);
    if (done >= exercise.contracts) {
      await store.exercises.end(exercise, 'EXERCISED', `${done} exercised, by the position's ledger`);
      continue;
    }
    const { conId } = leg.contract;
    const agrees = positions.complete && inAccount(conId) === (ours.get(conId) ?? 0);
    if (!agrees || broker.clock.now() < accountMorning(exercise.day)) continue;
    // The alert comes first: a settled instruction is not examined again.
    if (leg.openQuantity > 0) await alertNotDone({ broker, store }, row, leg, exercise, done);
    const reason = `${done} of ${exercise.contracts} exercised, ${leg.openQuantity} still held the morning after`;
    await store.exercises.end(exercise, 'NOT_EXERCISED', reason);
  }
}

async function alertNotDone(
  { broker, store }: Pick<BrokerDeps, 'broker' | 'store'>,
  { positionId, symbol }: PositionRow,
  { legNo, contract, openQuantity }: LegRow,
  { contracts, state, day }: ExerciseRow,
  done: number,
): Promise<void> {
  const name = contractName(contract);
  const sent = state === 'ACCEPTED' ? 'was accepted by the broker' : 'was sent without an answer';
  await store.alerts.raise({
    ...{ type: 'CRITICAL', severity: 'HIGH', title: 'Exercise was not carried out', rule: EXERCISE_ALERT },
    message: `The exercise of ${contracts} ${name} ${sent} on ${day}; ${done} were exercised, and the account still holds ${openQuantity}. Send it again with \`legwork exercise ${positionId} --leg ${legNo}\`, or sell them.`,
    ...{ symbol, positionId, metadata: { legNo, contracts, done }, createdAt: broker.clock.now() },
  });
}
