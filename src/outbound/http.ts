/** HTTP to the outside: one request and its complete answer, by a deadline. */
import { within } from './deadline.js';

export interface HttpRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Wall ms until the complete answer must be there. */
  readonly deadlineMs: number;
  /** Only the status matters: the answer is complete with its headers, and its text is empty. */
  readonly statusOnly?: boolean;
  /** Ends the wait early. */
  readonly stop?: AbortSignal;
}

export interface HttpAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Throws DeadlineExceeded, the reason of `stop`, or the error of `fetch` when there is no connection. */
export async function httpRequest(url: string, request: HttpRequest): Promise<HttpAnswer> {
  const { deadlineMs, statusOnly = false, stop, ...init } = request;
  return await within(
    deadlineMs,
    async (signal) => {
      const response = await fetch(url, { ...init, signal });
      const { ok, status, headers } = response;
      if (!statusOnly) return { ok, status, headers, text: await response.text() };
      await response.body?.cancel();
      return { ok, status, headers, text: '' };
    },
    stop,
  );
}
