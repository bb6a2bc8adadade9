/**
 * The deadline of a call to the outside. The event loop holds its timer until the call has ended, and the timer itself
 * answers the caller. Nothing holds a signal of `AbortSignal.timeout` once it is combined or followed: Node may collect it
 * before it fires, and the call would wait forever.
 */

export class DeadlineExceeded extends Error {
  constructor(readonly afterMs: number) {
    super(`no answer within ${afterMs} ms`);
    this.name = 'DeadlineExceeded';
  }
}

/**
 * The result of `call`, at most `ms` wall milliseconds later. At that time, or when `stop` is aborted, this rejects at
 * once, with DeadlineExceeded or the reason of `stop`. It also aborts the signal given to the call, so that the call
 * releases its socket.
 */
export async function within<T>(ms: number, call: (signal: AbortSignal) => Promise<T>, stop?: AbortSignal): Promise<T> {
  stop?.throwIfAborted();
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let stopped: () => void = () => undefined;
  const cut = new Promise<never>((_, reject) => {
    const end = (reason: unknown) => {
      reject(reason);
      controller.abort(reason);
    };
    timer = setTimeout(() => end(new DeadlineExceeded(ms)), ms);
    stopped = () => end(stop?.reason);
    stop?.addEventListener('abort', stopped);
  });
  try {
    return await Promise.race([call(controller.signal), cut]);
  } finally {
    clearTimeout(timer);
    stop?.removeEventListener('abort', stopped);
  }
}
