/** The requirements on the Temporal namespace: our search attributes and a retention longer than an option's life. */
import type { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../contract/search-attributes.js';
import type { Log } from '../domain/log.js';

const RETENTION_SECONDS = 720 * 3600;
/** Values of temporal.api.enums.v1.IndexedValueType. */
const INDEXED_VALUE_TYPE: Readonly<Record<string, number>> = {
  TEXT: 1,
  KEYWORD: 2,
  INT: 3,
  DOUBLE: 4,
  BOOL: 5,
  DATETIME: 6,
  KEYWORD_LIST: 7,
};

/**
 * Registers what is missing and raises the retention where the server permits it. True when our search attributes can be
 * used. Without them everything works, but the Web UI cannot search by them.
 */
export async function prepareNamespace(connection: Connection, namespace: string, log: Log): Promise<boolean> {
  await raiseRetention(connection, namespace, log);
  const wanted = Object.fromEntries(
    SEARCH_ATTRIBUTES.map(({ name, type }) => [name, INDEXED_VALUE_TYPE[type] ?? INDEXED_VALUE_TYPE.KEYWORD ?? 2]),
  );
  const missing = await missingAttributes(connection, namespace, Object.keys(wanted));
  if (missing === undefined) return false;
  if (missing.length === 0) return true;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, wanted[name] ?? 2])),
    });
    return true;
  } catch (error) {
    log('warn', 'search attributes could not be registered; continuing without them', { error: String(error) });
    return false;
  }
}

/** Names that the namespace does not know; undefined when the server does not say. */
async function missingAttributes(
  connection: Connection,
  namespace: string,
  names: readonly string[],
): Promise<readonly string[] | undefined> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return names.filter((name) => !(name in (customAttributes ?? {})));
  } catch {
    return undefined;
  }
}

async function raiseRetention(connection: Connection, namespace: string, log: Log): Promise<void> {
  try {
    const described = await connection.workflowService.describeNamespace({ namespace });
    const present = Number(described.config?.workflowExecutionRetentionTtl?.seconds ?? 0);
    if (present >= RETENTION_SECONDS) return;
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: { seconds: RETENTION_SECONDS as never } },
    });
  } catch (error) {
    log('info', 'the retention of the namespace stays as it is', { error: String(error) });
  }
}
