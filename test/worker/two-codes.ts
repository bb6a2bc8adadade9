/** A real server, the present workflow code, and other code that its runs do not fit. */
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection } from '@temporalio/worker';
import { kill } from '../../chaos/servers.js';
import { startTemporal } from '../../src/stack/temporal.js';
import { bundledOnce } from '../workflows/support/bundled.js';
import { quiet } from '../workflows/support/server.js';

export type Code = { readonly code: string };

export async function startTwoCodes() {
  quiet();
  const [temporal, present, other] = await Promise.all([
    startTemporal({ log: () => undefined }),
    bundledOnce(),
    bundleWorkflowCode({ workflowsPath: fileURLToPath(new URL('./other-code.ts', import.meta.url)) }),
  ]);
  const client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
  const native = await NativeConnection.connect({ address: temporal.address });
  const stop = async () => {
    await native.close();
    await client.connection.close();
    await kill(temporal);
  };
  return { temporal, client, native, present, other, stop };
}
