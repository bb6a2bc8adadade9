/** Postgres: whether it answers, its version, its tables, and the trading state in it. */

import type { Connections } from '../../client/connections.js';
import type { Endpoints } from '../../client/endpoints.js';
import { OPEN_ALERTS, REPLAY_FAILED } from '../../domain/alert.js';
import { attempt, type Finding, fail, ok, warn } from './finding.js';

export async function examineDatabase(links: Connections, target: Endpoints): Promise<readonly Finding[]> {
  const opened = await attempt(() => links.store());
  if ('error' in opened) {
    return [fail('postgres', opened.error.message, 'Start the database, set DATABASE_URL, or start `legwork up`.')];
  }
  const asked = await attempt(() => ask(target.databaseUrl ?? ''));
  if ('error' in asked) return [fail('postgres', asked.error.message, 'Check the log of the database.')];
  const { version, migrations } = asked.value;
  const old = Number.parseInt(version, 10) < 14;
  return [
    old ? warn('postgres', `version ${version}`, 'Use Postgres 14 or later.') : ok('postgres', `version ${version}`),
    migrations === undefined
      ? fail('migrations', 'the tables are missing', 'A worker creates them when it starts: `legwork worker`.')
      : ok('migrations', `${migrations} applied`),
  ];
}

/** Version and applied migrations; undefined when our tables are missing. */
async function ask(url: string): Promise<{ version: string; migrations: number | undefined }> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const version = await client.query<{ server_version: string }>('SHOW server_version');
    const table = await client.query<{ found: string | null }>(`SELECT to_regclass('legwork_migrations') AS found`);
    const found = table.rows[0]?.found ?? null;
    const count =
      found === null
        ? undefined
        : await client.query<{ count: string }>('SELECT count(*)::text AS count FROM legwork_migrations');
    return {
      version: version.rows[0]?.server_version ?? 'unknown',
      migrations: count === undefined ? undefined : Number(count.rows[0]?.count ?? 0),
    };
  } finally {
    await client.end().catch(() => undefined);
  }
}

export async function examineTrading(links: Connections): Promise<readonly Finding[]> {
  const read = await attempt(async () => (await links.store()).trading.state());
  // The lines about Postgres say why it cannot be read.
  if ('error' in read) return [];
  const { state, reason, by } = read.value;
  if (state === 'ACTIVE') return [ok('trading', 'ACTIVE')];
  return [warn('trading', `${state} by ${by}: ${reason}`, 'Allow all orders again with `legwork activate`.')];
}

/** Alerts that a person must act on, and what they are about. The worker that holds the broker session raises and resolves them. */
const SESSION_RULES: Readonly<Record<string, string>> = {
  read_only_api: 'session',
  ids_used_up: 'session',
  broker_unreachable: 'session',
  [REPLAY_FAILED]: 'build',
};

export async function examineSession(links: Connections): Promise<readonly Finding[]> {
  const read = await attempt(async () => (await links.store()).alerts.list({ statuses: OPEN_ALERTS }));
  if ('error' in read) return [];
  return read.value.flatMap(({ rule, title, message }) => {
    const about = SESSION_RULES[rule];
    return about === undefined ? [] : [fail(about, title, message)];
  });
}
