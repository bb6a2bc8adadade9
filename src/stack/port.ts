/** Free ports. */
import { connect, createServer, type Server } from 'node:net';

/**
 * A port that was free a moment ago and will not be handed out again soon. It is connected to once and closed from the
 * server's side first, which leaves it in TIME_WAIT for others while a listener with SO_REUSEADDR (ours) may take it.
 */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const server = createServer((socket) => socket.end());
  const port = await listen(server, host);
  await new Promise<void>((resolve, reject) => {
    const socket = connect(port, host);
    socket.setTimeout(5_000, () => socket.destroy(new Error('this machine does not answer itself')));
    socket.once('error', reject);
    socket.once('close', () => resolve());
    socket.resume();
  });
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

function listen(server: Server, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      if (address !== null && typeof address === 'object') resolve(address.port);
      else reject(new Error('the system gave no port'));
    });
  });
}

/** The preferred port when nothing listens on it, else a free one. */
export async function portNear(preferred: number, host = '127.0.0.1'): Promise<number> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(preferred, host, () => resolve(true));
  });
  if (!free) return await freePort(host);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return preferred;
}
