/** Credentials for Temporal. Never logged, never part of the settings. */
import { readFileSync } from 'node:fs';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { defined } from '../domain/defined.js';
import { InvalidInput, LegworkError, messageOf } from '../domain/errors.js';
import type { StackFile } from './stack-file.js';
import { envconfig, givenVariables, namedProfile, namesCredentials } from './temporal-profile.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The options that a client's and a worker's connection share. */
export interface TemporalCredentials {
  readonly tls?: Exclude<NonNullable<NativeConnectionOptions['tls']>, null>;
  readonly apiKey?: string;
  readonly metadata?: Record<string, string>;
}

/** A Temporal server, and what it asks for as the files say now. */
export interface TemporalTarget {
  readonly address: string;
  readonly namespace: string;
  /** Throws InvalidInput, or LegworkError for a file that cannot be read. */
  readonly credentials: () => TemporalCredentials;
}

/** A server that `legwork up` started asks for nothing, and has a Web UI; any other is asked with the credentials of `env`. */
export function credentialsFor(stack: StackFile | undefined, env: Environment): TemporalTarget['credentials'] {
  return () => (stack?.temporal.uiUrl === undefined ? temporalCredentials(env) : {});
}

/**
 * TLS, API key and metadata as Temporal's own variables, the profile that they name and the files of both say now. An API key alone
 * means TLS, too. Throws InvalidInput, or LegworkError for a file that cannot be read.
 */
function temporalCredentials(env: Environment): TemporalCredentials {
  if (!namesCredentials(env)) return {};
  const given = givenVariables(env);
  const overrideEnvVars = { ...given, ...apiKeyOfFile(given) };
  // Throws a sentence when the profile is missing or wrong; the library's own words say less.
  const isProfiled = namedProfile(env) !== undefined;
  try {
    const profile = envconfig().loadClientConfigProfile({ overrideEnvVars, disableFile: !isProfiled });
    if ((profile.tls?.clientCert === undefined) !== (profile.tls?.clientKey === undefined)) {
      throw new LegworkError(
        'INVALID_INPUT',
        'Temporal credentials: a client certificate and its key go together; only one is given.',
      );
    }
    const { tls, apiKey, metadata } = envconfig().toClientOptions(profile).connectionOptions;
    return {
      ...(tls !== undefined && tls !== null && { tls }),
      ...defined({ apiKey, metadata }),
    } as TemporalCredentials;
  } catch (error) {
    if (error instanceof LegworkError) throw error;
    throw new LegworkError(
      'INVALID_INPUT',
      `Temporal credentials cannot be read: ${messageOf(error)}.`,
      {},
      { cause: error },
    );
  }
}

/** A key in a file can be renewed while a worker runs; a variable cannot. */
function apiKeyOfFile(given: Readonly<Record<string, string>>): Record<string, string> {
  const file = given.TEMPORAL_API_KEY_FILE;
  if (file === undefined) return {};
  const name = 'environment TEMPORAL_API_KEY_FILE';
  if (given.TEMPORAL_API_KEY !== undefined) {
    throw new InvalidInput(name, file, 'either TEMPORAL_API_KEY or TEMPORAL_API_KEY_FILE, not both');
  }
  let key: string;
  try {
    key = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new InvalidInput(name, file, `a file that can be read (${messageOf(error)})`);
  }
  if (!/^[\x21-\x7e]+$/.test(key)) throw new InvalidInput(name, file, 'a file with one API key and nothing else');
  return { TEMPORAL_API_KEY: key };
}
