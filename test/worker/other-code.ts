/** A workflow that takes another way than the position's, under the same name: what runs of other code have recorded. */
import { condition, defineSignal, setHandler, sleep } from '@temporalio/workflow';

export async function positionWorkflow(): Promise<void> {
  let isAsked = false;
  setHandler(defineSignal('close'), () => {
    isAsked = true;
  });
  await sleep('1 hour');
  await condition(() => isAsked);
}
