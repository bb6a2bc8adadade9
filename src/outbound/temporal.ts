/** Connections to a Temporal server with a deadline on every call. The library sets none of its own. */
import {
  Connection,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { messageOf } from '../domain/errors.js';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];

const CALL_MS = 30_000;
/**
 * The server keeps these open until there is something to report, for a minute at most, and the library polls again.
 */
const LONG_POLLS = /\/(GetWorkflowExecutionHistory|PollWorkflowExecutionUpdate|UpdateWorkflowExecution)$/;
const LONG_POLL_MS = 90_000;

/** Throws the library's error when the server does not answer in `connectTimeout`, default 10 s. */
export async function connectTemporalClient(
  options: Omit<ConnectionOptions, 'interceptors'>,
  deadline = callDeadline(),
): Promise<Connection> {
  const retry = makeGrpcRetryInterceptor(defaultGrpcRetryOptions());
  const connection = Connection.lazy({ ...options, interceptors: [deadline, retry, endsWithConnection] });
  try {
    await connection.ensureConnected();
    return connection;
  } catch (error) {
    // The library would leave its channel open.
    await connection.close();
    throw error;
  }
}

/** Names of search attributes that a namespace lacks. Throws the library's error when the server does not say so within the wall ms. */
export async function missingAttributes(
  connection: Pick<Connection, 'operatorService' | 'withDeadline'>,
  namespace: string,
  names: readonly string[],
  answerMs = CALL_MS,
): Promise<readonly string[]> {
  const ask = () => connection.operatorService.listSearchAttributes({ namespace });
  const { customAttributes } = await connection.withDeadline(Date.now() + answerMs, ask);
  return names.filter((name) => !Object.hasOwn(customAttributes ?? {}, name));
}

/** Gives a call without a deadline one of this many wall ms, retries included. */
export function callDeadline(callMs = CALL_MS, longPollMs = LONG_POLL_MS): Interceptor {
  return (options, nextCall) => {
    const ms = LONG_POLLS.test(options.method_definition.path) ? longPollMs : callMs;
    const call = nextCall({ ...options, deadline: options.deadline ?? Date.now() + ms });
    return call as ReturnType<Interceptor>;
  };
}

/** Code of gRPC for a call that its own side has ended; the library does not repeat it. */
const CANCELLED = 1;

/**
 * A call whose next try comes after its connection was closed ends. The library begins a try in a timer, where a closed connection throws,
 * and that would end the process.
 */
const endsWithConnection: Interceptor = (options, nextCall) => {
  try {
    return nextCall(options) as ReturnType<Interceptor>;
  } catch (error) {
    const details = messageOf(error);
    const nothing = () => undefined;
    const ended: ReturnType<typeof nextCall> = {
      start: (metadata, listener) => {
        listener?.onReceiveMessage?.(null);
        listener?.onReceiveStatus?.({ code: CANCELLED, details, metadata });
      },
      sendMessage: nothing,
      sendMessageWithContext: nothing,
      startRead: nothing,
      halfClose: nothing,
      cancelWithStatus: nothing,
      getPeer: () => '',
      getAuthContext: () => null,
    };
    return ended as ReturnType<Interceptor>;
  }
};
