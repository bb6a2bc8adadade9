/** The meaning of the broker's messages without a request id for the session. */
import { ibCode, type SessionMeaning } from '../domain/ib-codes.js';
import { type FarmNotice, readFarm } from './farms.js';
import { saysReadOnly } from './read-only.js';

export interface Notice {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** The link between the gateway and the broker. */
  readonly link?: 'lost' | 'back';
  /** Open orders must be read before an order is modified again. */
  readonly blocksModify: boolean;
  /** The broker has dropped the subscriptions. */
  readonly dataLost: boolean;
  readonly clientIdInUse: boolean;
  /** The gateway lets this session read only. */
  readonly readOnly?: true;
  /** The client library lost its place in the stream: nothing from it can be trusted any more. */
  readonly fatal: boolean;
  /** It is about a data farm. */
  readonly farm?: FarmNotice;
  /** Why the session is not usable, if this message says so. */
  readonly reason?: string;
}

const PLAIN: Notice = { level: 'warn', blocksModify: false, dataLost: false, clientIdInUse: false, fatal: false };

/** The versions do not match: for a moment after the nightly restart, or permanently when one side is too old. */
const VERSIONS: ReadonlySet<number> = new Set([503, 506]);
/** The socket's own error, as the client library reports it. */
const SOCKET_FAILED = 502;

export function readNotice(code: number, text: string): Notice {
  // When a name stands for several addresses, the error has no text.
  if (code === SOCKET_FAILED) return { ...PLAIN, reason: `The gateway cannot be reached${text && `: ${text}`}.` };
  if (VERSIONS.has(code))
    return {
      ...PLAIN,
      reason: `The gateway speaks another version of the protocol (${code}): ${text}. Legwork tries again, since a restarting gateway answers like this for a moment. If it lasts, install a supported version of IB Gateway or TWS.`,
    };
  if (saysReadOnly(code, text)) return { ...PLAIN, level: 'error', readOnly: true };
  const farm = readFarm(code, text);
  if (farm !== undefined) return { ...PLAIN, level: farm.state === 'broken' ? 'warn' : 'debug', farm };
  return sessionNotice(code, ibCode(code)?.session ?? {});
}

function sessionNotice(code: number, { reason, link, ...meaning }: SessionMeaning): Notice {
  return {
    ...PLAIN,
    ...meaning,
    ...(link !== undefined && { link, blocksModify: true }),
    ...(reason !== undefined && { reason: `${reason} (${code}).` }),
  };
}
