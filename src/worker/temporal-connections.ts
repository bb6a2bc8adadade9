/** The two connections of a worker to Temporal: for its client, and for polling. */
import type { Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { TemporalCredentials } from '../config/temporal-credentials.js';
import { LegworkError } from '../domain/errors.js';
import { within } from '../outbound/deadline.js';
import { connectTemporalClient } from '../outbound/temporal.js';

const CONNECT_MS = 10_000;
/** In the library's words: the server answered and does not want us, or does not speak as the settings say. */
const REFUSED = [
  [
    /valid authentication credentials/i,
    'it does not accept the credentials; check the API key (TEMPORAL_API_KEY, its file or the profile)',
  ],
  [
    /does not have permission|PermissionDenied/i,
    'the credentials have no permission; check the API key (TEMPORAL_API_KEY, its file or the profile)',
  ],
  [/InvalidContentType/, 'it speaks no TLS; check TEMPORAL_TLS'],
  [
    /InvalidCertificate|AlertReceived|CertificateRequired/,
    'TLS failed; check the certificates of TEMPORAL_TLS_* or of the profile',
  ],
] as const;

/** Throws TEMPORAL_UNREACHABLE, with `refused` in its details when waiting cannot help, and INVALID_INPUT for a bad address. */
export async function connectTemporal(
  address: string,
  credentials: TemporalCredentials,
): Promise<{ readonly connection: Connection; readonly native: NativeConnection }> {
  const options = { ...credentials, address };
  let native: NativeConnection | undefined;
  try {
    // First, since it fails at once and with a reason.
    native = await within(CONNECT_MS, () => NativeConnection.connect(options));
    const connection = await connectTemporalClient({ ...options, connectTimeout: CONNECT_MS });
    return { connection, native };
  } catch (error) {
    await native?.close().catch(() => undefined);
    throw failureOf(address, error);
  }
}

function failureOf(address: string, error: unknown): LegworkError {
  const text = error instanceof Error ? error.message : String(error);
  const cause = { cause: error };
  if (error instanceof TypeError) return new LegworkError('INVALID_INPUT', `temporal.address: ${text}.`, {}, cause);
  const refusal = REFUSED.find(([words]) => words.test(text))?.[1];
  if (refusal === undefined) {
    return new LegworkError('TEMPORAL_UNREACHABLE', `Temporal does not answer at ${address}: ${text}.`, {}, cause);
  }
  return new LegworkError(
    'TEMPORAL_UNREACHABLE',
    `Temporal refused the connection: ${refusal}.`,
    { refused: true },
    cause,
  );
}
