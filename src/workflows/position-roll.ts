/** Rolling: what follows the close of the old position. */
import { condition, ParentClosePolicy, startChild, WorkflowIdReusePolicy, workflowInfo } from '@temporalio/workflow';
import type { ExitCommand, PositionInput, PositionWorkflow } from '../contract/requests.js';
import { positionWorkflowId } from '../contract/workflow-ids.js';
import { positionSearchAttributes } from './attributes.js';
import type { Answer } from './position-answers.js';
import type { Position } from './position-state.js';

/** The second half of a roll: a new position, linked to this one, and its opening awaited. */
export async function openSuccessor(position: Position, command: ExitCommand, closed: Answer): Promise<Answer> {
  position.enter('ROLLING');
  const { positionId, accountAlias } = position.input;
  const built = await position.proxies.position.buildRoll({ positionId, command, combos: closed.filledCombos });
  if (built.kind === 'refused') {
    const reason = `Closed, and not rolled: ${built.reasons.join(' ')}`;
    await position.attention.raise(reason, built.code);
    return { ...closed, reason, code: built.code };
  }
  const successor: PositionInput = {
    accountAlias,
    positionId: built.positionId,
    symbol: built.plan.symbol,
    strategyType: built.plan.strategyType,
    expiry: built.plan.expiry,
    title: built.title,
    pricing: { kind: 'walk' },
    ...(built.mode !== undefined && { mode: built.mode }),
    ...(built.onPartial !== undefined && { onPartial: built.onPartial }),
    entryWorkflowId: workflowInfo().workflowId,
  };
  await startChild<PositionWorkflow>('positionWorkflow', {
    workflowId: positionWorkflowId(built.positionId),
    args: [successor],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
    staticSummary: built.title,
    ...positionSearchAttributes(successor, 'OPENING'),
  });
  await position.proxies.position.leavePosition({ positionId });
  await condition(() => position.successor !== undefined);
  const opened = (position.successor?.filledCombos ?? 0) > 0;
  if (opened)
    return { ...closed, result: 'ROLLED', reason: `Rolled into ${built.positionId}.`, rolledTo: built.positionId };
  const reason = `Closed; the new position ${built.positionId} did not open: ${position.successor?.reason ?? ''}`;
  await position.attention.raise(reason, position.successor?.code);
  return { ...closed, reason, code: position.successor?.code ?? 'NOT_FILLED' };
}
