/**
 * A profile of Temporal's own configuration file (`temporal.toml`): where the server is, and what it asks for. It is used where the
 * environment names the profile or the file. The file in a person's home alone is no choice: it would draw `legwork up` to a server elsewhere.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ClientConfigProfile } from '@temporalio/envconfig';
import { z } from 'zod';
import { InvalidInput, LegworkError, messageOf } from '../domain/errors.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Loaded when first needed: most commands have no profile. */
export const envconfig = (): typeof import('@temporalio/envconfig') =>
  createRequire(import.meta.url)('@temporalio/envconfig');

const text = z.string().trim().min(1);
const source = z.union([z.object({ path: text }), z.object({ data: z.union([text, z.instanceof(Uint8Array)]) })]);
const profileSchema = z.object({
  address: text.optional(),
  namespace: text.optional(),
  apiKey: text.optional(),
  grpcMeta: z.record(z.string(), z.string()).optional(),
  tls: z
    .object({
      disabled: z.boolean().optional(),
      serverName: text.optional(),
      clientCert: source.optional(),
      clientKey: source.optional(),
      serverCACert: source.optional(),
    })
    .optional(),
});

/** The variables of Temporal about a profile and about credentials. */
const TEMPORALS = /^TEMPORAL_(TLS|API_KEY|PROFILE|CONFIG_FILE|GRPC_META)/;

/** Variables with a value; an empty one counts as absent, but for the metadata, where it takes a key away. */
export function givenVariables(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => {
      if (value === undefined || (value.trim() === '' && !name.startsWith('TEMPORAL_GRPC_META_'))) return [];
      return [[name, value.trim()]];
    }),
  );
}

/** Lays over the environment of a process that uses a server of our own, which asks for nothing: each of these variables, empty. */
export function noCredentials(env: Environment): Record<string, string> {
  return Object.fromEntries(Object.keys(env).flatMap((name) => (TEMPORALS.test(name) ? [[name, '']] : [])));
}

/** Whether a variable of Temporal says anything about credentials. */
export function namesCredentials(env: Environment): boolean {
  return Object.keys(givenVariables(env)).some((name) => TEMPORALS.test(name));
}

export interface NamedProfile {
  readonly profile: ClientConfigProfile;
  /** The variable that named it. */
  readonly variable: 'TEMPORAL_PROFILE' | 'TEMPORAL_CONFIG_FILE';
}

/** The profile that the environment names, as it stands in the file; undefined when it names none. Throws InvalidInput. */
export function namedProfile(env: Environment): NamedProfile | undefined {
  const given = givenVariables(env);
  const { TEMPORAL_PROFILE: name, TEMPORAL_CONFIG_FILE: file } = given;
  if (name === undefined && file === undefined) return undefined;
  if (file !== undefined && !existsSync(file)) {
    throw new InvalidInput('environment TEMPORAL_CONFIG_FILE', file, 'a file that exists');
  }
  const variable = name === undefined ? 'TEMPORAL_CONFIG_FILE' : 'TEMPORAL_PROFILE';
  const profiles = readProfiles(given);
  const profile = profiles[name ?? 'default'];
  if (profile === undefined) {
    const names = Object.keys(profiles);
    const allowed =
      names.length > 0
        ? `a profile of the file: ${names.join(', ')}`
        : 'a profile of temporal.toml, which is missing or has none; TEMPORAL_CONFIG_FILE names another file';
    throw new InvalidInput(`environment ${variable}`, name ?? file ?? '', allowed);
  }
  const checked = profileSchema.safeParse(profile);
  if (checked.success) return { profile, variable };
  const [issue] = checked.error.issues;
  const field = issue?.path.join('.') ?? '';
  // Without the value, which may be a secret.
  throw new LegworkError(
    'INVALID_INPUT',
    `Temporal profile ${name ?? 'default'}, ${field}: the value is not allowed; expected what temporal.toml takes (${issue?.message}).`,
  );
}

function readProfiles(given: Record<string, string>): Record<string, ClientConfigProfile> {
  try {
    return envconfig().loadClientConfig({ overrideEnvVars: given }).profiles;
  } catch (error) {
    const [why = ''] = messageOf(error).split('\n');
    const file = given.TEMPORAL_CONFIG_FILE ?? 'temporal.toml';
    throw new InvalidInput('environment TEMPORAL_CONFIG_FILE', file, `a file in the format of temporal.toml (${why})`);
  }
}
