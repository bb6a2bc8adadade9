/** Waiting and asking again: the harness lives through the same outages as the system. */

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until it succeeds; throws the last failure when `timeoutMs` have passed. */
export async function persist<T>(what: string, timeoutMs: number, ask: () => Promise<T>): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > end)
        throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      await pause(100);
    }
  }
}

/** Polls until there is an answer; undefined when `timeoutMs` have passed. A poll that fails is repeated. */
export async function until<T>(timeoutMs: number, look: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look().catch(() => undefined);
    if (seen !== undefined) return seen;
    if (performance.now() > end) return undefined;
    await pause(40);
  }
}
