/** A worker as a part of the stack; ready when it polls and holds the broker session. */
import { LegworkError } from '../domain/errors.js';
import type { Part, StackLog } from './child.js';
import { startCommand } from './command.js';

const READY_MS = 30_000;
/** Longer than the grace of the orders worker, so that an order in flight is settled before it ends. */
const STOP_MS = 60_000;

export async function startWorkerPart(options: {
  readonly env: Readonly<Record<string, string>>;
  readonly log: StackLog;
  readonly skipReplay: boolean;
}): Promise<Part> {
  let announce: () => void = () => undefined;
  const ready = new Promise<true>((resolve) => {
    announce = () => resolve(true);
  });
  let awaited = '';
  const part = startCommand({
    name: 'worker',
    args: ['worker', ...(options.skipReplay ? ['--skip-replay'] : [])],
    env: options.env,
    stopMs: STOP_MS,
    log: (name, line) => {
      awaited = /waiting for [^"]+/.exec(line)?.[0] ?? awaited;
      options.log(name, line);
    },
    onLine: (line) => {
      if (line === 'broker session held') announce();
    },
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(
      () => resolve([`it was not ready within ${READY_MS / 1000} s`, awaited].filter(Boolean).join(', ')),
      READY_MS,
    );
  });
  const result = await Promise.race([ready, part.ended, late]);
  clearTimeout(timer);
  if (result === true) return part;
  await part.stop();
  throw new LegworkError('INVARIANT_BROKEN', `The worker did not start: ${result}.`);
}
