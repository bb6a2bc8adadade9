/**
 * entryWorkflow: decides whether to enter, builds the strategy, passes the risk gate, starts the position and waits for
 * its opening. The position owns the orders. A cancelled entry ends with what became of it: nothing is sent any more, an order that works is
 * cancelled, and what has filled stays open.
 */

import { ActivityFailure, condition, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { Refusal } from '../contract/activities.js';
import { type OpeningSettled, openingSettledSignal } from '../contract/messages.js';
import { positionInput } from '../contract/position-input.js';
import type { Check, EntryInput, EntryResult } from '../contract/requests.js';
import { defined } from '../domain/defined.js';
import type { StrategyPlan } from '../domain/strategy/strategy.js';
import { readFailure } from './activity-failure.js';
import { cancelledReason, cancelOpening } from './cancel-opening.js';
import { handleOthers, PassedOn } from './other-messages.js';
import { type Proxies, proxiesFor } from './proxies.js';
import { startChildPosition } from './start-position.js';
import { uncancelled } from './uncancelled.js';

export async function entryWorkflow(input: EntryInput): Promise<EntryResult> {
  let cancelled = false;
  return await uncancelled(
    () => run(input, () => cancelled),
    () => {
      cancelled = true;
    },
  );
}

async function run(input: EntryInput, cancelled: () => boolean): Promise<EntryResult> {
  const { entry, entryEnd, store } = proxiesFor(input.accountAlias);
  let opening: OpeningSettled | undefined;
  const messages = new PassedOn();
  handleOthers(
    openingSettledSignal,
    (message) => {
      opening ??= message;
    },
    (name, args) => messages.take(name, args),
  );

  const finish = async (result: EntryResult): Promise<EntryResult> => {
    await entryEnd.finishEntry(result);
    setCurrentDetails(describeEntry(result, messages.left));
    return result;
  };

  try {
    const started = (positionId: string) => messages.to(positionId);
    return await decideAndOpen(input, entry, { finish, started, opening: () => opening, cancelled, store });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    // The market could not be read or the risk could not be evaluated: a reason not to enter, with its code.
    const { code, reason } = readFailure(error, NOBODY);
    const failed: EntryResult = { ...base(input, []), status: 'FAILED', code, reasons: [reason] };
    await store.failEntry(failed);
    setCurrentDetails(describeEntry(failed, messages.left));
    return failed;
  }
}

interface Steps {
  readonly finish: (result: EntryResult) => Promise<EntryResult>;
  /** The position has its run. */
  readonly started: (positionId: string) => void;
  readonly opening: () => OpeningSettled | undefined;
  readonly cancelled: () => boolean;
  readonly store: Proxies['store'];
}

async function decideAndOpen(
  input: EntryInput,
  entry: Proxies['entry'],
  { finish, started, opening, cancelled, store }: Steps,
): Promise<EntryResult> {
  const signal = await entry.evaluateSignal({ request: input.request, signalOnly: false });
  if (signal.kind === 'refused') return finish(notEntered(input, signal, signal.checks));
  if (cancelled()) return finish(neverSent(input, signal.checks));
  const built = await entry.buildStrategy(input.request);
  if (built.kind === 'refused') return finish(notEntered(input, built, [...signal.checks, ...built.checks]));
  if (cancelled()) return finish(neverSent(input, signal.checks, built.plan));
  const approval = await entry.approveEntry({ request: input.request, plan: built.plan });
  const checks = [...signal.checks, ...approval.checks];
  if (approval.kind === 'refused') return finish(notEntered(input, approval, checks, built.plan));
  if (input.request.dryRun) {
    const { mode } = approval;
    const dryRun = await entry.previewEntry({ request: input.request, plan: built.plan, ...(mode && { mode }) });
    return finish({ ...base(input, checks, built.plan), status: 'DRY_RUN', positionId: approval.positionId, dryRun });
  }

  const { positionId, title, mode, onPartial } = approval;
  if (cancelled()) {
    // Its row is there, and no run: this closes it.
    await store.revivePosition({ positionId });
    return finish({ ...neverSent(input, checks, built.plan), positionId });
  }
  const { accountAlias, request } = input;
  const entryWorkflowId = workflowInfo().workflowId;
  const given = { accountAlias, positionId, title, pricing: request.pricing, mode, onPartial, entryWorkflowId };
  await startChildPosition(positionInput(built.plan, given));
  started(positionId);
  await condition(() => opening() !== undefined || cancelled());
  const isCancelled = opening() === undefined;
  if (isCancelled) {
    setCurrentDetails('The entry was cancelled: its order is being cancelled.');
    await cancelOpening(positionId, store);
    await condition(() => opening() !== undefined);
  }
  const result = settled(input, checks, built.plan, positionId, opening());
  if (!isCancelled) return finish(result);
  return finish({ ...result, reasons: [cancelledReason(positionId, result.filledCombos), ...result.reasons] });
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

/** Cancelled before anything was sent. */
function neverSent(input: EntryInput, checks: readonly Check[], plan?: StrategyPlan): EntryResult {
  const reasons = ['The entry was cancelled before anything was sent.'];
  return { ...base(input, checks, plan), status: 'NOT_ENTERED', code: 'NOT_FILLED', reasons };
}

function notEntered(input: EntryInput, refusal: Refusal, checks: readonly Check[], plan?: StrategyPlan): EntryResult {
  return { ...base(input, checks, plan), status: 'NOT_ENTERED', code: refusal.code, reasons: refusal.reasons };
}

function base(input: EntryInput, checks: readonly Check[], plan?: StrategyPlan) {
  return { entryId: input.request.entryId, checks, reasons: [], filledCombos: 0, ...(plan && { plan }) };
}

/** Markdown: the verdict and every check with its number. */
function describeEntry(result: EntryResult, left: string): string {
  const rows = result.checks.map((check) => `| ${check.passed ? 'yes' : '**no**'} | ${check.name} | ${check.text} |`);
  return [
    `**${result.status}** ${result.reasons.join(' ')}`,
    '',
    '| passed | check | |',
    '| --- | --- | --- |',
    ...rows,
    ...(left === '' ? [] : ['', left]),
  ].join('\n');
}
