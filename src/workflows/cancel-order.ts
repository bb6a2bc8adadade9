/** cancelOrderWorkflow: cancels one order because a person asks. */
import type { CancelInput, CancelResult } from '../contract/requests.js';
import { proxiesFor } from './proxies.js';

export async function cancelOrderWorkflow({ accountAlias, ...order }: CancelInput): Promise<CancelResult> {
  return await proxiesFor(accountAlias).settle.cancelByUser(order);
}
