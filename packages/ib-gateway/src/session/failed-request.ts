/**
 * The error to a client whose request cannot be read, or broke its handler.
 */
import { MessageError } from '../protocol/index.js';

/** The error to send and the journal's entry for it. */
export interface FailedRequest {
  readonly id: number;
  readonly code: number;
  readonly text: string;
  readonly record: { readonly dir: 'in' | 'sys'; readonly type: string; readonly fields: Record<string, unknown> };
}

/** Unreadable requests get 320; those that failed inside get 322 and an INTERNAL_ERROR in the journal. */
export function failedRequest(name: string, tokens: readonly string[], error: unknown): FailedRequest {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof MessageError) {
    const record = { dir: 'in', type: name, fields: { unreadable: text, tokens: tokens.slice(0, 20) } } as const;
    return { id: idOf(name, tokens), code: 320, text: `Error reading request. ${text}`, record };
  }
  const stack = error instanceof Error ? error.stack : undefined;
  const record = { dir: 'sys', type: 'INTERNAL_ERROR', fields: { request: name, text, stack } } as const;
  return { id: idOf(name, tokens), code: 322, text: `Error processing request.-'${text}'`, record };
}

/** In every request except orders and a few without ids, the id is the first token or, after a version, the second. */
function idOf(name: string, tokens: readonly string[]): number {
  if (name === 'PLACE_ORDER') return Number.parseInt(tokens[0] ?? '-1', 10) || -1;
  return tokens.slice(0, 2).map(Number).filter(Number.isSafeInteger).at(-1) ?? -1;
}
