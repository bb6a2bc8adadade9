/**
 * The first bytes of a connection: `API\0`, then a frame `v<min>..<max>` with an optional ` options` tail, not terminated.
 */
import { FrameError, type FrameReader } from './frames.js';

/** Lowest and highest protocol versions that the gateway speaks; 201 and later are protobuf. */
export const LOWEST_VERSION = 163;
export const HIGHEST_VERSION = 200;
/** Versions whose short-lived request-for-quote fields no client ships. */
const SKIPPED_VERSIONS: readonly number[] = [187, 188, 189];

export interface VersionRange {
  readonly lowest: number;
  readonly highest: number;
}

/** True once the greeting was read; undefined while it is incomplete. Throws FrameError on anything else. */
export function readGreeting(reader: FrameReader): true | undefined {
  const greeting = reader.take(4);
  if (!greeting) return undefined;
  if (greeting.toString('latin1') !== 'API\0')
    throw new FrameError('the connection does not begin with the API greeting');
  return true;
}

/** The range of the version frame, e.g. `v100..193`. A single version is a range of one. Throws FrameError. */
export function parseVersions(payload: Buffer): VersionRange {
  const match = /^v(\d{1,4})(?:\.\.(\d{1,4}))?(?:\s.*)?$/s.exec(payload.toString('latin1').replaceAll('\0', ''));
  if (!match) throw new FrameError('the version frame is not of the form v100..193');
  const lowest = Number(match[1]);
  return { lowest, highest: match[2] === undefined ? lowest : Number(match[2]) };
}

/** The common version of both sides; undefined when there is none. */
export function agreeVersion(range: VersionRange): number | undefined {
  let version = Math.min(range.highest, HIGHEST_VERSION);
  while (SKIPPED_VERSIONS.includes(version)) version -= 1;
  return version >= LOWEST_VERSION && version >= range.lowest ? version : undefined;
}
