/**
 * Compares a capture of an API session with a simulated gateway: sends the same requests and finds where the answers
 * differ.
 */
import { readFileSync } from 'node:fs';
import { startGateway } from '../gateway.js';
import type { GatewayOptions } from '../options.js';
import { decodeResponse } from '../protocol/client-side.js';
import { numberOf } from '../protocol/values.js';
import { type CaptureLine, parseCapture } from '../wire/capture-line.js';
import { HIGHEST_VERSION, LOWEST_VERSION } from '../wire/handshake.js';
import { type Difference, differencesOf } from './differences.js';
import { replay } from './replay.js';

export type { Difference } from './differences.js';

export interface Comparison {
  /** Number of requests sent. */
  readonly requests: number;
  readonly differences: readonly Difference[];
}

/**
 * Compares. The simulated gateway begins at the time of the capture unless `options.start` says otherwise. Rejects with
 * RangeError when the capture cannot be read, and with the system's error when the file cannot.
 */
export async function compareCapture(file: string, options: Omit<GatewayOptions, 'port'>): Promise<Comparison> {
  const lines = parseCapture(readFileSync(file, 'utf8'));
  checkVersions(lines);
  const start = options.start ?? startOf(lines);
  const gateway = await startGateway({
    ...options,
    ...(start !== undefined && { start }),
    port: 0,
    // Requests are sent as fast as the answers allow.
    messageRate: 0,
  });
  try {
    const { captured, simulated, requests } = await replay(lines, gateway);
    return { requests, differences: differencesOf(captured, simulated) };
  } finally {
    await gateway.close();
  }
}

function checkVersions(lines: readonly CaptureLine[]): void {
  for (const { dir, tokens } of lines) {
    const version = Number(tokens[0]);
    if (dir === 'hello' && !(version >= LOWEST_VERSION && version <= HIGHEST_VERSION))
      throw new RangeError(
        `the capture speaks version ${tokens[0]}; versions ${LOWEST_VERSION} to ${HIGHEST_VERSION} can be compared`,
      );
  }
}

/** The broker's time at the beginning: that of its first time answer. */
function startOf(lines: readonly CaptureLine[]): string | undefined {
  const version = Number(lines.find(({ dir }) => dir === 'hello')?.tokens[0]);
  for (const { dir, tokens } of lines) {
    if (dir !== 'in') continue;
    const { name, values } = decodeResponse(tokens, version);
    const time = name === 'CURRENT_TIME' ? numberOf(values, 'time') : undefined;
    if (time !== undefined) return new Date(time * 1_000).toISOString();
  }
  return undefined;
}
