/** A cancellation from outside is information for a workflow, never the end of what it has begun. */
import { CancellationScope } from '@temporalio/workflow';

/** Runs `work` where a cancellation cannot reach it; `onCancel` is called when one is requested. */
export function uncancelled<T>(work: () => Promise<T>, onCancel: () => void): Promise<T> {
  CancellationScope.current().cancelRequested.catch(onCancel);
  return CancellationScope.nonCancellable(work);
}
