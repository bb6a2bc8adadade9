/** reconcileWorkflow: compares the broker with the database, now. */
import { proxiesFor } from './proxies.js';

export async function reconcileWorkflow(input: { readonly accountAlias: string }) {
  return await proxiesFor(input.accountAlias).position.reconcileNow();
}
