/** Following a run to its result: progress lines, orders that need a decision, and giving up the wait. */
import type { Store } from '../store/api.js';

const POLL_MS = 500;

export interface Follow {
  /** Called with a line whenever something changed. */
  readonly onProgress?: (line: string) => void;
  /** Aborted when the person stops waiting; the run goes on. */
  readonly signal?: AbortSignal;
  /** Gives up waiting after this long, wall time; the run goes on. */
  readonly timeoutMs?: number;
}

export type Waited<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** An order of the position is parked: the run waits for a person, perhaps forever. */
  | { readonly kind: 'parked'; readonly orderRef: string; readonly reason: string; readonly positionId: string }
  /** The person stopped waiting, or the time was up. */
  | { readonly kind: 'left'; readonly why: 'interrupted' | 'timeout' };

/** The position that the wait is about, once it is known. */
export type Subject = (store: Store) => Promise<string | undefined>;

/** Waits for `result` and polls the subject's rows meanwhile. Rejects only when `result` does. */
export async function waitFor<T>(
  result: Promise<T>,
  store: Store,
  subject: Subject,
  follow: Follow,
): Promise<Waited<T>> {
  const ended = new AbortController();
  const finished = result.then((value): Waited<T> => ({ kind: 'done', value }));
  try {
    return await Promise.race([
      finished,
      letGo(follow, ended.signal),
      watchOver<T>(store, subject, follow, ended.signal),
    ]);
  } finally {
    ended.abort();
    // After the wait was given up, the end of the run no longer matters.
    finished.catch(() => undefined);
  }
}

function letGo(follow: Follow, ended: AbortSignal): Promise<{ kind: 'left'; why: 'interrupted' | 'timeout' }> {
  return new Promise((resolve) => {
    const interrupted = () => resolve({ kind: 'left', why: 'interrupted' });
    if (follow.signal?.aborted) interrupted();
    follow.signal?.addEventListener('abort', interrupted, { once: true });
    const timer =
      follow.timeoutMs === undefined
        ? undefined
        : setTimeout(() => resolve({ kind: 'left', why: 'timeout' }), follow.timeoutMs);
    ended.addEventListener('abort', () => {
      clearTimeout(timer);
      follow.signal?.removeEventListener('abort', interrupted);
    });
  });
}

/** Polls the rows; resolves only when an order is parked. A database that does not answer for a while does not end it. */
async function watchOver<T>(store: Store, subject: Subject, follow: Follow, ended: AbortSignal): Promise<Waited<T>> {
  let last = '';
  while (!ended.aborted) {
    const seen = await readProgress(store, subject).catch(() => undefined);
    if (seen?.parked !== undefined && !ended.aborted) return { kind: 'parked', ...seen.parked };
    if (seen !== undefined && seen.line !== '' && seen.line !== last && !ended.aborted) {
      last = seen.line;
      follow.onProgress?.(seen.line);
    }
    await pause(POLL_MS, ended);
  }
  return new Promise<never>(() => undefined);
}

interface ProgressLine {
  readonly line: string;
  readonly parked?: { readonly orderRef: string; readonly reason: string; readonly positionId: string };
}

async function readProgress(store: Store, subject: Subject): Promise<ProgressLine> {
  const positionId = await subject(store);
  if (positionId === undefined) return { line: '' };
  const [execution, intents] = await Promise.all([
    store.executions.get_execution(positionId),
    store.intents.unsettled(positionId),
  ]);
  const parked = intents.find((intent) => intent.state === 'PARKED');
  const working = intents[0];
  const line = [
    `${positionId}: ${execution?.status ?? 'being prepared'}`,
    execution === undefined ? '' : `${execution.openCombos} of ${execution.quantity} combos open`,
    working === undefined ? '' : `order ${working.orderRef} ${working.state}`,
  ];
  return {
    line: line.filter((part) => part !== '').join(', '),
    ...(parked !== undefined && {
      parked: { orderRef: parked.orderRef, reason: parked.reason ?? 'a person must decide', positionId },
    }),
  };
}

function pause(ms: number, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      ended.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    ended.addEventListener('abort', done);
  });
}
