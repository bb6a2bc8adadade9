/**
 * entryWorkflow: decides whether to enter, builds the strategy, passes the risk gate, starts the position and waits for
 * its opening. It owns no order: the position does.
 */
import {
  ActivityFailure,
  condition,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  startChild,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import type { ApprovalVerdict, Refusal } from '../contract/activities.js';
import { type OpeningSettled, openingSettledSignal } from '../contract/messages.js';
import type { Check, EntryInput, EntryResult, PositionInput, PositionWorkflow } from '../contract/requests.js';
import { positionWorkflowId } from '../contract/workflow-ids.js';
import type { StrategyPlan } from '../domain/strategy/strategy.js';
import { readFailure } from './activity-failure.js';
import { positionSearchAttributes } from './attributes.js';
import { type Proxies, proxiesFor } from './proxies.js';

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
    // Nobody could look at the market or judge the risk: that is a reason not to enter, with its code.
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

  await startPosition(input, approval, built.plan);
  await condition(() => opening() !== undefined);
  return finish(settled(input, checks, built.plan, approval.positionId, opening()));
}

/** Without a failure that says so, no worker with a broker session took the step. */
const NOBODY = {
  code: 'BROKER_UNREACHABLE',
  reason: 'No worker with a broker session answered in time; is `legwork worker` running and the gateway up?',
};

/** The position outlives the entry: abandoned, and awaited as started. */
async function startPosition(
  input: EntryInput,
  { positionId, title, mode, onPartial }: ApprovalVerdict & { readonly kind: 'approved' },
  plan: StrategyPlan,
): Promise<void> {
  const position: PositionInput = {
    accountAlias: input.accountAlias,
    positionId,
    symbol: plan.symbol,
    strategyType: plan.strategyType,
    expiry: plan.expiry,
    title,
    pricing: input.request.pricing,
    ...(mode !== undefined && { mode }),
    ...(onPartial !== undefined && { onPartial }),
    entryWorkflowId: workflowInfo().workflowId,
  };
  await startChild<PositionWorkflow>('positionWorkflow', {
    workflowId: positionWorkflowId(positionId),
    args: [position],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
    staticSummary: title,
    ...positionSearchAttributes(position, 'OPENING'),
  });
}

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
    ...(opening?.code !== undefined && { code: opening.code }),
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
