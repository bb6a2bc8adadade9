/** dryRunWorkflow: what an exit would send now. */
import { exitCommand } from '../contract/exit-command.js';
import type { DryRun, ExitInput } from '../contract/requests.js';
import { proxiesFor } from './proxies.js';

export async function dryRunWorkflow(input: ExitInput): Promise<DryRun> {
  const { accountAlias, positionId, requestId, ratio, dte } = input;
  const action = input.action === 'HOLD' ? 'CLOSE' : input.action;
  const { urgency, pricing, overrideHalt } = input;
  const reason = 'dry run';
  const command = exitCommand({ requestId, action, urgency, reason, by: 'person', pricing, overrideHalt, ratio, dte });
  return await proxiesFor(accountAlias).position.previewExit({ positionId, command });
}
