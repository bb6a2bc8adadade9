/** Rolling: what follows the close of the old position. */
import { condition, getExternalWorkflowHandle, patched, workflowInfo } from '@temporalio/workflow';
import { closeSignal } from '../contract/messages.js';
import { CLOSE_SUCCESSOR } from '../contract/patches.js';
import { positionInput } from '../contract/position-input.js';
import type { ExitCommand } from '../contract/requests.js';
import { positionWorkflowId } from '../contract/workflow-ids.js';
import { defined } from '../domain/defined.js';
import type { Answer } from './position-answers.js';
import type { Position } from './position-state.js';
import { startChildPosition } from './start-position.js';

/** How the close ended, and when its work began; market time, epoch ms. */
type Closed = Answer & { readonly since?: number };

/** The second half of a roll: opens a new position, linked to this one, and waits for its opening. */
export async function openSuccessor(
  position: Position,
  command: ExitCommand,
  { since, ...closed }: Closed,
): Promise<Answer> {
  position.enter('ROLLING');
  const { positionId, accountAlias } = position.input;
  const { filledCombos: combos } = closed;
  const built = await position.proxies.position.buildRoll({ positionId, command, combos, ...defined({ since }) });
  if (built.kind === 'refused') {
    const reason = `Closed but not rolled: ${built.reasons.join(' ')}`;
    await position.attention.raise('roll', reason, built.code);
    return { ...closed, reason, code: built.code };
  }
  const { title, mode, onPartial } = built;
  const entryWorkflowId = workflowInfo().workflowId;
  const given = { accountAlias, positionId: built.positionId, title, mode, onPartial, entryWorkflowId };
  await startChildPosition(positionInput(built.plan, given));
  await position.proxies.position.leavePosition({ positionId });
  await condition(() => position.successor !== undefined || position.queue.closeAsked !== undefined);
  const isGivenUp = position.successor === undefined && patched(CLOSE_SUCCESSOR);
  if (isGivenUp) await closeSuccessor(position, built.positionId);
  await condition(() => position.successor !== undefined);
  const { filledCombos = 0, reason: why = '', code = 'NOT_FILLED' } = position.successor ?? {};
  const rolled = { ...closed, result: 'ROLLED', rolledTo: built.positionId } as const;
  if (filledCombos > 0 && isGivenUp) {
    const also = `${built.positionId}, which is closed as well`;
    position.rolled = `It was rolled into ${also}: \`legwork show ${built.positionId}\` shows it.`;
    return { ...rolled, reason: `Rolled into ${also}: a close was requested.` };
  }
  if (filledCombos > 0) {
    position.rolled = `It was rolled into ${built.positionId}.`;
    return { ...rolled, reason: `Rolled into ${built.positionId}.` };
  }
  position.rolled = `Its roll into ${built.positionId} did not open.`;
  if (isGivenUp) return { ...closed, reason: 'Closed but not rolled: a close was requested.' };
  const reason = `Closed; the new position ${built.positionId} did not open: ${why}`;
  await position.attention.raise('roll', reason, position.successor?.code);
  return { ...closed, reason, code };
}

/** A person or a rule requests an exit while the successor still opens: the successor is not to stay. */
async function closeSuccessor(position: Position, successorId: string): Promise<void> {
  const asked = position.queue.closeAsked;
  if (asked === undefined) return;
  const { requestId, urgency, rule, overrideHalt } = asked;
  const message = { requestId: `${requestId}-next`.slice(-100), urgency, rule, overrideHalt };
  try {
    await getExternalWorkflowHandle(positionWorkflowId(successorId)).signal(closeSignal, message);
  } catch {
    // It is over already, and reports that itself.
  }
}
