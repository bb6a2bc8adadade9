/**
 * Waits for a run on behalf of a person: shows progress on a terminal, and says what it means when the wait ends without an
 * answer.
 */

import type { LegworkClient, PendingRequest } from '../client/client.js';
import type { Waited } from '../client/waiting.js';
import { defined } from '../domain/defined.js';
import { parsePositive } from './arguments.js';
import { type Context, textOption } from './define.js';
import { workersOf } from './pollers.js';

type Options = Readonly<Record<string, unknown>>;

/** How often to check whether a worker still runs. */
const POLL_MS = 30_000;

/** How a command waits for its run: `--no-wait` and `--timeout` as given. */
export interface WaitOptions {
  readonly wait: boolean;
  readonly timeoutMs?: number;
}

export function readWaitOptions(options: Options): WaitOptions {
  const timeout = textOption(options, 'timeout');
  return {
    wait: options.wait !== false,
    ...(timeout !== undefined && { timeoutMs: Math.round(parsePositive('timeout', timeout) * 1000) }),
  };
}

/**
 * Waits for the answer and passes it to `done`, which returns the exit status. Not waiting is success; a parked order is 5.
 * A wait that was given up is 4, because the answer is unknown: the run goes on in any case.
 */
export async function answerOf<T>(
  context: Context,
  client: LegworkClient,
  under: PendingRequest<T>,
  { wait, timeoutMs }: WaitOptions,
  done: (value: T) => number,
): Promise<number> {
  if (!wait) {
    context.answer({ id: under.id, workflowId: under.workflowId, joined: under.joined, started: true }, () =>
      under.workflowId === ''
        ? 'Nothing to do: the position is already closed.'
        : `${under.joined ? 'Already requested:' : 'Started'} ${under.workflowId}.`,
    );
    return 0;
  }
  const warned = under.workflowId === '' || (await warnWithoutWorker(context, client));
  const look = warned ? undefined : warnLater(context, client);
  const showsProgress = context.io.stderr.isTTY === true && !context.json;
  const waited = await under
    .wait({
      signal: context.io.interruption(),
      ...defined({ timeoutMs }),
      ...(showsProgress && { onProgress: (line) => context.note(context.paint.dim(line)) }),
    })
    .finally(() => clearInterval(look));
  return waited.kind === 'done' ? done(waited.value) : unanswered(context, under, waited);
}

function unanswered<T>(
  context: Context,
  under: PendingRequest<T>,
  waited: Exclude<Waited<T>, { kind: 'done' }>,
): number {
  const { id, workflowId } = under;
  if (waited.kind === 'parked') {
    const { orderRef, reason, positionId } = waited;
    const hint = `Decide with \`legwork orders resolve '${orderRef}' --as placed\` or \`--as absent\`.`;
    context.answer(
      { id, workflowId, result: 'PARKED', positionId, orderRef, reason },
      `Order ${orderRef} is parked: ${reason}. ${hint}`,
    );
    return 5;
  }
  const why = waited.why === 'timeout' ? 'No answer in time' : 'Stopped waiting';
  context.answer({ id, workflowId, result: 'RUNNING', reason: why }, `${why}; ${workflowId} continues.`);
  return 4;
}

/** A run without a worker waits for one; the person should know why nothing happens. */
async function warnWithoutWorker(context: Context, client: LegworkClient): Promise<boolean> {
  const workers = await workersOf(await client.links.temporal(), client.accountAlias).catch(() => undefined);
  if (workers === undefined || (workers.workflows > 0 && workers.orders > 0)) return false;
  context.note(
    workers.workflows === 0
      ? 'No worker is running: the request waits until one is started (`legwork worker`).'
      : 'No worker holds the broker session: the request waits until one does.',
  );
  return true;
}

/** Prints a note once when the worker disappears during the wait. */
function warnLater(context: Context, client: LegworkClient): NodeJS.Timeout {
  const timer = setInterval(() => {
    void warnWithoutWorker(context, client)
      .then((warned) => warned && clearInterval(timer))
      .catch(() => undefined);
  }, POLL_MS);
  return timer.unref();
}
