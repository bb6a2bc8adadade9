/** An embedded Temporal dev server with its Web UI, on loopback. */
import { join } from 'node:path';
import { LegworkError } from '../domain/errors.js';
import { connectTemporalClient } from '../outbound/temporal.js';
import { type Part, type StackLog, startPart, untilReady } from './child.js';
import { freePort } from './port.js';
import { findTemporal } from './temporal-binary.js';

export interface TemporalHandle extends Part {
  readonly address: string;
  readonly uiUrl: string;
}

const START_MS = 30_000;

/** Names and types that the server registers at start; the same as in the contract. */
const SEARCH_ATTRIBUTES = [
  'LegworkSymbol=Keyword',
  'LegworkStrategy=Keyword',
  'LegworkStage=Keyword',
  'LegworkExpiry=Datetime',
  'LegworkAttention=Bool',
];

/** Starts a server; with `dir` it keeps its state there, else in memory. Ports are preferred, not required. */
export async function startTemporal(options: {
  readonly dir?: string;
  readonly log: StackLog;
  /** Gets lines for people about where the server comes from. */
  readonly say?: (line: string) => void;
  /** Ends the download of a server. */
  readonly stop?: AbortSignal;
  readonly port?: number;
  readonly uiPort?: number;
  /** More arguments of the server. */
  readonly args?: readonly string[];
}): Promise<TemporalHandle> {
  const binary = await findTemporal(process.env, options.say, options.stop);
  let failure = '';
  for (let attempt = 0; attempt < 3; attempt++) {
    const port = attempt === 0 && options.port !== undefined ? options.port : await freePort();
    const uiPort = attempt === 0 && options.uiPort !== undefined ? options.uiPort : await freePort();
    const part = startPart({
      name: 'temporal',
      command: binary.path,
      args: argumentsFor(port, uiPort, options.dir, options.args ?? []),
      stopSignal: 'TERM',
      stopMs: 10_000,
      log: options.log,
    });
    const address = `127.0.0.1:${port}`;
    const ready = await untilReady(part, { withinMs: START_MS, everyMs: 100 }, () => describeNamespace(address));
    if (ready === true) return { ...part, address, uiUrl: `http://127.0.0.1:${uiPort}` };
    failure = String(ready);
    await part.stop();
  }
  throw new LegworkError('TEMPORAL_UNREACHABLE', `The Temporal dev server (${binary.path}) did not start: ${failure}.`);
}

function argumentsFor(port: number, uiPort: number, dir: string | undefined, more: readonly string[]): string[] {
  const state =
    dir === undefined
      ? []
      : [
          '--db-filename',
          join(dir, 'temporal.db'),
          '--sqlite-pragma',
          'journal_mode=WAL',
          '--sqlite-pragma',
          'synchronous=NORMAL',
        ];
  return [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--ui-port',
    String(uiPort),
    '--log-level',
    'error',
    ...state,
    ...more,
    ...SEARCH_ATTRIBUTES.flatMap((attribute) => ['--search-attribute', attribute]),
  ];
}

async function describeNamespace(address: string): Promise<void> {
  const connection = await connectTemporalClient({ address, connectTimeout: 1_000 });
  try {
    const served = () => connection.workflowService.describeNamespace({ namespace: 'default' });
    await connection.withDeadline(Date.now() + 2_000, served);
  } finally {
    await connection.close();
  }
}
