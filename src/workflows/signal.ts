/** signalWorkflow: evaluates the entry signal only. */
import type { SignalVerdict } from '../contract/activities.js';
import type { EntryInput } from '../contract/requests.js';
import { proxiesFor } from './proxies.js';

export async function signalWorkflow(input: EntryInput): Promise<SignalVerdict> {
  return await proxiesFor(input.accountAlias).entry.evaluateSignal({ request: input.request, signalOnly: true });
}
