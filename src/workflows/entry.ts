/**
 * entryWorkflow: decides whether to enter, builds the strategy, passes the risk gate, starts the position and waits for
 * its opening. The position owns the orders.
 */

import { ActivityFailure, condition, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Refusal } from '../contract/activities.js';
import { type OpeningSettled, openingSettledSignal } from '../contract/messages.js';
import { positionInput } from '../contract/position-input.js';
import type { Check, EntryInput, EntryResult } from '../contract/requests.js';
import { defined } from '../domain/defined.js';
import type { StrategyPlan } from '../domain/strategy/strategy.js';
import { readFailure } from './activity-failure.js';
import { type Proxies, proxiesFor } from './proxies.js';
import { startChildPosition } from './start-position.js';

export async function entryWorkflow(input: EntryInput): Promise<EntryResult> {
  const { entry, entryEnd, store } = proxiesFor(input.accountAlias);
  let opening: OpeningSettled | undefined;
  setHandler(openingSettledSignal, (message) => {
    opening ??= message;
  });

  const finish = async (result: EntryResult): Promise<EntryResult> => {
    await entryEnd.finishEntry(result);
    setCurrentDetails(describeEntry(result));
    return result;
  };

  try {
    return await decideAndOpen(input, entry, finish, () => opening);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    // The market could not be read or the risk could not be evaluated: a reason not to enter, with its code.
    const { code, reason } = readFailure(error, NOBODY);
    const failed: EntryResult = { ...base(input, []), status: 'FAILED', code, reasons: [reason] };
    await store.failEntry(failed);
    setCurrentDetails(describeEntry(failed));
    return failed;
  }
}

async function decideAndOpen(
  input: EntryInput,
  entry: Proxies['entry'],
  finish: (result: EntryResult) => Promise<EntryResult>,
  opening: () => OpeningSettled | undefined,
): Promise<EntryResult> {
  const signal = await entry.evaluateSignal({ request: input.request, signalOnly: false });
  if (signal.kind === 'refused') return finish(notEntered(input, signal, signal.checks));
  const built = await entry.buildStrategy(input.request);
  if (built.kind === 'refused') return finish(notEntered(input, built, [...signal.checks, ...built.checks]));
  const approval = await entry.approveEntry({ request: input.request, plan: built.plan });
  const checks = [...signal.checks, ...approval.checks];
  if (approval.kind === 'refused') return finish(notEntered(input, approval, checks, built.plan));
  if (input.request.dryRun) {
    const { mode } = approval;
    const dryRun = await entry.previewEntry({ request: input.request, plan: built.plan, ...(mode && { mode }) });
    return finish({ ...base(input, checks, built.plan), status: 'DRY_RUN', positionId: approval.positionId, dryRun });
  }

  const { positionId, title, mode, onPartial } = approval;
  const { accountAlias, request } = input;
  const entryWorkflowId = workflowInfo().workflowId;
  const given = { accountAlias, positionId, title, pricing: request.pricing, mode, onPartial, entryWorkflowId };
  await startChildPosition(positionInput(built.plan, given));
  await condition(() => opening() !== undefined);
  return finish(settled(input, checks, built.plan, positionId, opening()));
}

/** Without a failure that says so, no worker with a broker session took the step. */
const NOBODY = {
  code: 'BROKER_UNREACHABLE',
  reason: 'No worker with a broker session answered in time; is `legwork worker` running and the gateway up?',
};

function settled(
  input: EntryInput,
  checks: readonly Check[],
  plan: StrategyPlan,
  positionId: string,
  opening: OpeningSettled | undefined,
): EntryResult {
  const filledCombos = opening?.filledCombos ?? 0;
  return {
    ...base(input, checks, plan),
    status: filledCombos > 0 ? 'OPENED' : 'FAILED',
    positionId,
    filledCombos,
    reasons: opening ? [opening.reason] : [],
    ...defined({ code: opening?.code }),
    ...(opening?.opening && { opening: opening.opening }),
  };
}

function notEntered(input: EntryInput, refusal: Refusal, checks: readonly Check[], plan?: StrategyPlan): EntryResult {
  return { ...base(input, checks, plan), status: 'NOT_ENTERED', code: refusal.code, reasons: refusal.reasons };
}

function base(input: EntryInput, checks: readonly Check[], plan?: StrategyPlan) {
  return { entryId: input.request.entryId, checks, reasons: [], filledCombos: 0, ...(plan && { plan }) };
}

/** Markdown: the verdict and every check with its number. */
function describeEntry(result: EntryResult): string {
  const rows = result.checks.map((check) => `| ${check.passed ? 'yes' : '**no**'} | ${check.name} | ${check.text} |`);
  return [
    `**${result.status}** ${result.reasons.join(' ')}`,
    '',
    '| passed | check | |',
    '| --- | --- | --- |',
    ...rows,
  ].join('\n');
}
