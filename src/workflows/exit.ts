/** exitWorkflow: passes an exit requested from outside to the position and follows it to its result. */

import {
  condition,
  getExternalWorkflowHandle,
  makeContinueAsNewFunc,
  patched,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import { REQUEST_KINDS } from '../contract/exit-command.js';
import { readMessage } from '../contract/message-input.js';
import {
  type CloseMessage,
  closeSignal,
  exitSettledSignal,
  type ReduceMessage,
  type RollMessage,
  reduceSignal,
  rollSignal,
} from '../contract/messages.js';
import { ANSWER_MESSAGES, RENEW_FAILING } from '../contract/patches.js';
import type { ExitInput, ExitOutcome } from '../contract/requests.js';
import { positionWorkflowId } from '../contract/workflow-ids.js';
import { defined } from '../domain/defined.js';
import { notFound } from '../domain/errors.js';
import { DEFAULT_CLOSE_RATIO } from '../domain/rules/reduce-size.js';
import { handleOthers, PassedOn } from './other-messages.js';
import { type Proxies, proxiesFor } from './proxies.js';
import { uncancelled } from './uncancelled.js';

/** Wall time between two polls of a position that has not answered: an exit at a person's price may work for weeks. */
const LOOK_AGAIN_MS = { first: 60_000, most: 900_000 };
const GOES_ON =
  'Cancelling does not stop the exit: the position works it, and this run ends with its outcome. To stop what leaves: `legwork halt`.';

/** Cancelling it does not stop the exit, which the position works: the run goes on and ends with the outcome. */
export function exitWorkflow(input: ExitInput): Promise<ExitOutcome> {
  return uncancelled(
    () => run(input),
    () => setCurrentDetails(GOES_ON),
  );
}

async function run(input: ExitInput): Promise<ExitOutcome> {
  const { store } = proxiesFor(input.accountAlias);
  let settled: ExitOutcome | undefined;
  const messages = new PassedOn();
  handleOthers(
    exitSettledSignal,
    (outcome) => {
      settled ??= outcome;
    },
    (name, args) => messages.take(name, args),
  );
  messages.to(input.positionId);
  if (input.isPassedOn) return await answered(input, store, () => settled);

  const found = await store.lookUpPosition({ positionId: input.positionId });
  if (found.state === 'missing') {
    return outcomeOf(input, 'FAILED', notFound('position', input.positionId).message, 0, 'NOT_FOUND');
  }
  if (input.action === 'HOLD') return outcomeOf(input, 'NO_ACTION', 'HOLD requests nothing.', found.openCombos);
  // While its successor opens, the run of a rolled position decides what becomes of that one.
  if (found.state !== 'open' && found.isRolling === undefined) return alreadyClosed(input);

  const asked = readMessage(REQUEST_KINDS[input.action], [messageOf(input)]);
  // The position would refuse it, with nobody to answer.
  if ('wrong' in asked && patched(ANSWER_MESSAGES)) {
    return outcomeOf(input, 'FAILED', asked.wrong, found.openCombos, 'INVALID_INPUT');
  }

  const { requestId, positionId, ratio, dte, orClose } = input;
  await store.openRequest({
    requestId,
    positionId,
    kind: REQUEST_KINDS[input.action],
    params: { ...defined({ ratio, dte, orClose }), asked: messageOf(input) },
  });
  const passed = await passOn(input, store);
  if (passed === undefined) return await answered(input, store, () => settled);
  await store.closeRequest(passed);
  return passed;
}

/** The position answers. One that was ended from outside cannot, so it is polled now and then. */
async function answered(
  input: ExitInput,
  store: Proxies['store'],
  settled: () => ExitOutcome | undefined,
): Promise<ExitOutcome> {
  const { positionId } = input;
  for (let wait = LOOK_AGAIN_MS.first; ; wait = Math.min(wait * 2, LOOK_AGAIN_MS.most)) {
    await condition(() => settled() !== undefined, wait);
    const outcome = settled();
    if (outcome !== undefined) return outcome;
    const now = await store.lookUpPosition({ positionId });
    const isOver = now.state !== 'open' && now.isRolling === undefined;
    if (isOver) {
      const closed = outcomeOf(input, 'ALREADY_CLOSED', 'The position has closed meanwhile.', 0);
      await store.closeRequest(closed);
      return closed;
    }
    if (settled() === undefined && workflowInfo().continueAsNewSuggested && patched(RENEW_FAILING)) {
      const next = makeContinueAsNewFunc<typeof exitWorkflow>({ initialVersioningBehavior: 'AUTO_UPGRADE' });
      await next({ ...input, isPassedOn: true });
    }
  }
}

/** Signals the position; one without a run is revived first. Returns an outcome only when no run can answer. */
async function passOn(input: ExitInput, store: Proxies['store']): Promise<ExitOutcome | undefined> {
  for (let attempt = 1; attempt <= 3; attempt++) {
    try {
      await signalPosition(input);
      return undefined;
    } catch {
      // A signal to another workflow fails only when no run takes it.
      const found = await store.lookUpPosition({ positionId: input.positionId });
      if (found.state !== 'open') return alreadyClosed(input);
      await store.revivePosition({ positionId: input.positionId, except: input.requestId });
    }
  }
  const { openCombos } = await store.lookUpPosition({ positionId: input.positionId });
  const reason = 'The position has no run and could not be revived.';
  return outcomeOf(input, 'FAILED', reason, openCombos, 'INVARIANT_BROKEN');
}

function messageOf(input: ExitInput): CloseMessage & Partial<ReduceMessage & RollMessage> {
  const { action, ratio = DEFAULT_CLOSE_RATIO, dte, orClose } = input;
  return {
    requestId: input.requestId,
    replyTo: workflowInfo().workflowId,
    overrideHalt: input.overrideHalt ?? false,
    ...(input.urgency && { urgency: input.urgency }),
    ...(input.pricing && { pricing: input.pricing }),
    ...defined({ rule: input.rule }),
    ...(action === 'REDUCE' && { ratio }),
    ...(action === 'ROLL' && defined({ dte, orClose })),
  };
}

async function signalPosition(input: ExitInput): Promise<void> {
  const handle = getExternalWorkflowHandle(positionWorkflowId(input.positionId));
  const message = messageOf(input);
  if (input.action === 'REDUCE') await handle.signal(reduceSignal, { ratio: DEFAULT_CLOSE_RATIO, ...message });
  else if (input.action === 'ROLL') await handle.signal(rollSignal, message);
  else await handle.signal(closeSignal, message);
}

function alreadyClosed(input: ExitInput): ExitOutcome {
  return outcomeOf(input, 'ALREADY_CLOSED', 'The position is already closed.', 0);
}

function outcomeOf(
  input: ExitInput,
  result: ExitOutcome['result'],
  reason: string,
  openCombos: number,
  code?: string,
): ExitOutcome {
  const { requestId, positionId } = input;
  return { requestId, positionId, result, reason, filledCombos: 0, openCombos, ...defined({ code }) };
}
