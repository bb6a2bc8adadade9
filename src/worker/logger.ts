/**
 * The worker's log: JSON lines on standard error, without anything that could identify an account or reveal a secret. A line written by an
 * activity names its workflow, its position and itself.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { type DestinationStream, type Logger, pino } from 'pino';
import { redacting } from '../broker/log.js';
import { positionOfWorkflow } from '../contract/workflow-ids.js';
import { defined } from '../domain/defined.js';
import { parseOrderRef } from '../domain/ids.js';
import type { Log } from '../domain/log.js';

const SECRET_PATHS = ['password', 'url', 'databaseUrl', 'account', 'accounts', '*.password', '*.account', '*.accounts'];

type Fields = NonNullable<Parameters<Log>[2]>;

const surroundings = new AsyncLocalStorage<Fields>();

/** Level from LEGWORK_LOG (debug, info, warn, error); default info. */
export function createLogger(
  env: NodeJS.ProcessEnv = process.env,
  destination: DestinationStream = pino.destination({ fd: 2, sync: true }),
): Logger {
  return pino(
    {
      level: env.LEGWORK_LOG ?? 'info',
      base: null,
      redact: { paths: SECRET_PATHS, censor: '[redacted]' },
      mixin: () => ({ ...surroundings.getStore() }),
    },
    destination,
  );
}

/** The log interface of the rest of the code. */
export function logOf(logger: Logger): Log {
  return redacting((level, message, fields = {}) => logger[level](fields, message), []);
}

interface Running {
  readonly activityType: string;
  readonly attempt: number;
  readonly workflowExecution?: { readonly workflowId: string; readonly runId: string };
}

/** For the workers: what an activity logs, at any depth, names the activity. What a line itself names wins. */
export function namesItsLines({ info }: { readonly info: Running }): {
  readonly inbound: ActivityInboundCallsInterceptor;
} {
  const { workflowId, runId } = info.workflowExecution ?? {};
  const { activityType: activity, attempt } = info;
  return {
    inbound: {
      execute: (input, next) => {
        const positionId = positionOf(input.args[0]) ?? (workflowId && positionOfWorkflow(workflowId));
        return surroundings.run(defined({ workflowId, runId, positionId, activity, attempt }), () => next(input));
      },
    },
  };
}

/** For parts that activities share, such as a connection: their lines name no activity, also when one has caused them. */
export function unnamed(log: Log): Log {
  return (...line) => surroundings.exit(() => log(...line));
}

/** The position that the input of an activity is about. */
function positionOf(input: unknown): string | undefined {
  const { positionId, orderRef } = (input ?? {}) as { readonly positionId?: unknown; readonly orderRef?: unknown };
  if (typeof positionId === 'string') return positionId;
  return typeof orderRef === 'string' ? parseOrderRef(orderRef)?.positionId : undefined;
}
