/**
 * The SDK's own download of the Temporal server, as a process of its own: the SDK sets itself no deadline. Arguments: the folder, the version and
 * how long the host may take to begin, ms. The server is started once, to see that it runs here, and stopped.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Runtime } from '@temporalio/worker';
import { messageOf } from '../domain/errors.js';

const [, , folder = '', version = '', beginMs = ''] = process.argv;
const file = join(folder, `temporal-${version}`);
/** Time stamps of files can lag behind the clock by this much. */
const STAMP_MS = 100;
const begunAt = Date.now();
const KEEP_MS = 10 * 365 * 24 * 3_600_000;

setTimeout(() => {
  if (existsSync(file) || hasBegun()) return;
  end(`its host, temporal.download, did not answer within ${Number(beginMs) / 1000} s`);
}, Number(beginMs)).unref();

// The process that waits for the download has ended.
process.stdin
  .on('end', () => {
    try {
      process.kill(-process.pid, 'SIGKILL');
    } catch {
      process.exit(1);
    }
  })
  .resume();

Runtime.install({ telemetryOptions: { logging: { filter: 'OFF', forward: {} } }, shutdownSignals: [] });
try {
  const runtime = Runtime.instance();
  const server = await runtime.createEphemeralServer({
    type: 'dev-server',
    exe: {
      type: 'cached-download',
      downloadDir: folder,
      version,
      ttl: KEEP_MS,
      sdkName: 'sdk-typescript',
      sdkVersion: '',
    },
    ip: '127.0.0.1',
    port: null,
    uiPort: null,
    ui: false,
    namespace: 'default',
    dbFilename: null,
    log: { format: 'json', level: 'never' },
    extraArgs: [],
  });
  await runtime.shutdownEphemeralServer(server);
  process.exit(0);
} catch (error) {
  // In the SDK's words, without the address over and over.
  const words = causesOf(error)
    .join(': ')
    .replace(/error sending request for url \([^)]*\)(: )?/g, '');
  end(words.replace(/^.*failed to download[^:]*: /, 'temporal.download: '));
}

/** A download that was broken off can have left its file behind. */
function hasBegun(): boolean {
  const written = statSync(`${file}.downloading`, { throwIfNoEntry: false });
  return written !== undefined && written.mtimeMs >= begunAt - STAMP_MS;
}

function causesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return error === undefined ? [] : [messageOf(error)];
  return [error.message, ...causesOf(error.cause)];
}

function end(why: string): never {
  process.stderr.write(`${why.replace(/\s+/g, ' ')}\n`);
  process.exit(1);
}
