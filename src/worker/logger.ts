/**
 * The worker's log: JSON lines on standard error, without anything that could identify an account or reveal a secret.
 */
import { type Logger, pino } from 'pino';
import type { Log } from '../domain/log.js';

const SECRET_PATHS = ['password', 'url', 'databaseUrl', 'account', 'accounts', '*.password', '*.account', '*.accounts'];

/** Level from LEGWORK_LOG (debug, info, warn, error); default info. */
export function createLogger(env: NodeJS.ProcessEnv = process.env): Logger {
  return pino(
    { level: env.LEGWORK_LOG ?? 'info', base: null, redact: { paths: SECRET_PATHS, censor: '[redacted]' } },
    pino.destination({ fd: 2, sync: true }),
  );
}

/** The log interface of the rest of the code. Account ids in sentences are masked as well. */
export function logOf(logger: Logger): Log {
  return (level, message, fields = {}) => logger[level](fields, maskAccounts(message));
}

function maskAccounts(text: string): string {
  return text.replace(/\b(DU|U|F|DF)\d{5,}\b/g, (id) => `${id.slice(0, 2)}***${id.slice(-2)}`);
}
