/** Whether the broker's API port answers. Nothing is sent: a second client could disturb the session. */
import { connect } from 'node:net';
import type { Endpoints } from '../../client/endpoints.js';
import { type Finding, fail, ok } from './finding.js';

const CONNECT_MS = 3_000;

export async function examineBroker({ broker, loaded }: Endpoints): Promise<readonly Finding[]> {
  const { host, port } = broker;
  const { live } = loaded.settings.ib;
  const failure = await portFailure(host, port);
  if (failure === undefined)
    return [ok('broker', `${host}:${port} accepts connections, ${live === '' ? 'paper' : 'LIVE'} trading`)];
  return [
    fail(
      'broker',
      `${host}:${port} does not answer (${failure})`,
      'Start IB Gateway or TWS with its API enabled, set IB_HOST and IB_PORT, or start `legwork gateway`.',
    ),
  ];
}

/** Why there was no connection, or undefined. */
function portFailure(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (failure: string | undefined) => {
      socket.destroy();
      resolve(failure);
    };
    socket.setTimeout(CONNECT_MS, () => end('timeout'));
    socket.once('connect', () => end(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}
