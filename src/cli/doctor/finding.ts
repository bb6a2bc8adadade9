/** What a check of `legwork doctor` found. */
import { LegworkError } from '../../domain/errors.js';
import { failureOf } from '../failure.js';

export interface Finding {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  /** What was found. */
  readonly text: string;
  /** What to do about it. */
  readonly hint?: string;
  /** Exit status when the check fails. */
  readonly exit: number;
}

export const ok = (name: string, text: string): Finding => ({ name, status: 'ok', text, exit: 0 });

export const warn = (name: string, text: string, hint: string): Finding => ({
  name,
  status: 'warn',
  text,
  hint,
  exit: 0,
});

export const fail = (name: string, text: string, hint: string, exit = 4): Finding => ({
  name,
  status: 'fail',
  text,
  hint,
  exit,
});

/** The connection, or the error that prevented it. */
export async function attempt<T>(link: () => Promise<T>): Promise<{ value: T } | { error: LegworkError }> {
  try {
    return { value: await link() };
  } catch (error) {
    const { code, message } = failureOf(error);
    return { error: error instanceof LegworkError ? error : new LegworkError(code, message) };
  }
}
