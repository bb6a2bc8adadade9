/** Rolling: what follows the close of the old position. */
import { condition, workflowInfo } from '@temporalio/workflow';
import { positionInput } from '../contract/position-input.js';
import type { ExitCommand } from '../contract/requests.js';
import type { Answer } from './position-answers.js';
import type { Position } from './position-state.js';
import { startChildPosition } from './start-position.js';

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
  const { title, mode, onPartial } = built;
  const entryWorkflowId = workflowInfo().workflowId;
  const given = { accountAlias, positionId: built.positionId, title, mode, onPartial, entryWorkflowId };
  await startChildPosition(positionInput(built.plan, given));
  await position.proxies.position.leavePosition({ positionId });
  await condition(() => position.successor !== undefined);
  const opened = (position.successor?.filledCombos ?? 0) > 0;
  if (opened)
    return { ...closed, result: 'ROLLED', reason: `Rolled into ${built.positionId}.`, rolledTo: built.positionId };
  const reason = `Closed; the new position ${built.positionId} did not open: ${position.successor?.reason ?? ''}`;
  await position.attention.raise(reason, position.successor?.code);
  return { ...closed, reason, code: position.successor?.code ?? 'NOT_FILLED' };
}
