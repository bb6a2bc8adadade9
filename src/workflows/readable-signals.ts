/**
 * Signals that the SDK itself cannot hand out fail the workflow's task again and again, and with it everything else that the position has
 * to do. An input that cannot be decoded and a name that Temporal reserves are made readable before, so that they are answered.
 */
import { defaultPayloadConverter, toPayloads } from '@temporalio/common';
import type { WorkflowInterceptors } from '@temporalio/workflow';
import { UNREADABLE } from '../contract/message-input.js';

const RESERVED = '__temporal_';

/** For the bundle: Temporal calls it once a run. */
export function interceptors(): WorkflowInterceptors {
  return {
    internals: [
      {
        activate(input, next) {
          for (const { signalWorkflow } of input.activation.jobs ?? [])
            if (signalWorkflow) makeReadable(signalWorkflow);
          next(input);
        },
      },
    ],
  };
}

type Signal = NonNullable<
  NonNullable<
    Parameters<NonNullable<NonNullable<WorkflowInterceptors['internals']>[number]['activate']>>[0]['activation']['jobs']
  >[number]['signalWorkflow']
>;

function makeReadable(signal: Signal): void {
  // A space in front: it is no longer reserved, and reads the same.
  if (signal.signalName?.startsWith(RESERVED)) signal.signalName = ` ${signal.signalName}`;
  const isEmpty = signal.input?.length === 1 && (signal.input[0]?.data?.length ?? 0) === 0;
  try {
    if (!isEmpty) for (const payload of signal.input ?? []) defaultPayloadConverter.fromPayload(payload);
    else signal.input = [];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    signal.input = toPayloads(defaultPayloadConverter, { [UNREADABLE]: why }) ?? [];
  }
}
