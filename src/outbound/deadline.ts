/**
 * The deadline of a call to the outside. Its timer is held by the event loop until the call has ended, and the caller gets
 * its answer from that timer. A signal of `AbortSignal.timeout`, once it is combined or followed, is held by nobody: Node
 * may collect it before it fires, and the call then waits for ever.
 */

export class DeadlineExceeded extends Error {
  constructor(readonly afterMs: number) {
    super(`no answer within ${afterMs} ms`);
    this.name = 'DeadlineExceeded';
  }
}

/**
 * What `call` comes to, at most `ms` wall milliseconds later. Then, or when `stop` is aborted, this rejects at once, with
 * DeadlineExceeded or the reason of `stop`, and the signal that the call got is aborted, so that it lets go of its socket.
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
