/** cancelOrderWorkflow: cancels one order at a person's request. */
import type { CancelInput, CancelResult } from '../contract/requests.js';
import { proxiesFor } from './proxies.js';

export async function cancelOrderWorkflow({ accountAlias, ...order }: CancelInput): Promise<CancelResult> {
  return await proxiesFor(accountAlias).settle.cancelByUser(order);
}
