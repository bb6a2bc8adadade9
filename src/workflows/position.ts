/**
 * positionWorkflow: one position from its opening order until it is flat, in one or more runs per session.
 *
 * 1. Handlers only enqueue; this loop decides; `workOrder` acts. At most one order of the position works at a time.
 * 2. A run ends only when the position is flat, or continues as new when its session has ended with no order open.
 * 3. A cancellation from outside closes nothing: it raises attention. Only messages and rules exit a position.
 */
import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { PositionSummary } from '../contract/activities.js';
import { CLOSED_OUTSIDE, exitCommand } from '../contract/exit-command.js';
import type { ExitCommand, PositionInput, PositionResult } from '../contract/requests.js';
import { formatMoney } from '../domain/money.js';
import { answerAbandoned, answerRest } from './position-answers.js';
import { runExit } from './position-exit.js';
import { rest, surviveFailure } from './position-failure.js';
import { openPosition, takeUpOpened } from './position-opening.js';
import { ensureProtection } from './position-protection.js';
import { Position } from './position-state.js';
import type { Watched } from './position-watch.js';

export async function positionWorkflow(input: PositionInput): Promise<PositionResult> {
  const position = new Position(input);
  return CancellationScope.nonCancellable(() => run(position));
}

async function run(position: Position): Promise<PositionResult> {
  for (let first = true; ; first = false) {
    try {
      if (!position.opened) {
        const failed = await openPosition(position);
        if (failed !== undefined) return failed;
        position.opened = true;
      } else if (first) await takeUpOpened(position);
      if (first) await answerAbandoned(position);
      const end = await live(position);
      if (end !== undefined) return await finish(position, end);
    } catch (error) {
      await surviveFailure(position, error);
    }
  }
}

/** One turn: watch until there is something to do, and do it; a result means that the position is over. */
async function live(position: Position): Promise<PositionResult | undefined> {
  const { queue } = position;
  position.enter('WATCHING');
  if (position.protective && queue.size === 0) await ensureProtection(position);
  if (queue.size === 0) await watchUntilSomethingToDo(position);
  const command = queue.begin();
  if (command === undefined) return undefined;
  const end = await runExit(position, command);
  position.failures = 0;
  return end;
}

/** Watches until the queue holds a command; at a session's end the run continues as new. */
async function watchUntilSomethingToDo(position: Position): Promise<void> {
  const seen = position.changes;
  const result = await position.watch.next(position.watchInput, () => position.queue.size > 0);
  if (result === undefined) return;
  await act(position, result);
  if (result.kind === 'closed') await position.sleepWhileClosed(result.sleepMs, seen);
}

async function act(position: Position, result: Watched): Promise<void> {
  if (result.kind === 'failed') {
    await position.attention.raise('watch', `The watch failed: ${result.reason}`, result.code);
    await rest(position);
    return;
  }
  await position.attention.watched();
  // A decision has yet to be carried out.
  if (result.kind !== 'decision') position.failures = 0;
  // An ended watch may be the one that was interrupted before the step failed.
  if (result.kind !== 'ended') await position.attention.end('step');
  if (result.kind === 'ended' && result.observed !== undefined) position.follow(result.observed);
  if ('details' in result && result.details !== undefined) position.renewPage(result.details);
  if (result.kind === 'decision') {
    position.decided(`${result.decision.rule}: ${result.decision.reason}`);
    position.queue.put(result.command);
  }
  if (result.kind === 'flat') {
    position.flats += 1;
    position.queue.put(flatCommand(result.reason, `${workflowInfo().runId}-${position.flats}`));
  }
  if (position.queue.size === 0 && (result.kind === 'session-end' || workflowInfo().continueAsNewSuggested))
    await position.renew();
}

async function finish(position: Position, result: PositionResult): Promise<PositionResult> {
  const { positionId } = position.input;
  position.enter('CLOSED');
  await position.watch.end('the position is over');
  await answerRest(position);
  await position.proxies.waits.settleCommissions({ positionId });
  const summary = await position.proxies.position.readPosition({ positionId });
  position.show(summary);
  await position.proxies.position.leavePosition({ positionId });
  position.follow({});
  await position.attention.over();
  await position.written();
  do await answerRest(position);
  while (position.queue.size > 0);
  return { ...result, ...moneyOf(summary) };
}

/** The money of the position, for people who open its run. */
function moneyOf({ realizedPnl, commissions }: PositionSummary): Pick<PositionResult, 'realizedPnl' | 'commissions'> {
  if (realizedPnl === undefined || commissions === undefined) return {};
  return { realizedPnl: formatMoney(realizedPnl), commissions: formatMoney(commissions) };
}

/** The position is flat by the ledger although no command of ours closed it: the exit loop only records it. */
function flatCommand(reason: string, runId: string): ExitCommand {
  const requestId = `flat-${runId}`;
  return exitCommand({ requestId, action: 'CLOSE', urgency: 'NORMAL', rule: CLOSED_OUTSIDE, reason, by: 'rule' });
}
