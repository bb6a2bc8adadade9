/** settleWorkflow: settles expired legs by a person's value or the broker's statement; no order is sent. */
import { workflowInfo } from '@temporalio/workflow';
import type { SettledLine, SettleInput } from '../contract/requests.js';
import { proxiesFor } from './proxies.js';

export async function settleWorkflow(input: {
  readonly accountAlias: string;
  readonly settle: SettleInput;
}): Promise<readonly SettledLine[]> {
  return await proxiesFor(input.accountAlias).position.settlePositions({
    ...input.settle,
    requestId: workflowInfo().workflowId,
  });
}
