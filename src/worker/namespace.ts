/** The requirements on the Temporal namespace: our search attributes and a retention longer than an option's life. */
import { type Connection, isGrpcServiceError } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../contract/search-attributes.js';
import { InvalidInput } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import { missingAttributes } from '../outbound/temporal.js';

const RETENTION_SECONDS = 720 * 3600;
/** NOT_FOUND of gRPC. */
const NO_SUCH = 5;
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

/** Wall time between two polls of the namespace. */
const POLL_MS = 15_000;
/** A step of a position asks; it goes on without attributes when there is no answer in this time. */
const ANSWER_MS = 1_000;
/** Parts of a server know a new attribute only after a while, and refuse it until then. */
const SETTLE_MS = 90_000;
const NAMES = SEARCH_ATTRIBUTES.map(({ name }) => name);

/**
 * Registers what is missing where the server permits it, again when something is removed later, and raises the retention. Without our
 * search attributes everything works, but the Web UI cannot search by them.
 */
export class NamespaceUpkeep {
  private timer: NodeJS.Timeout | undefined;
  /** Monotonic wall time at which one of them was last seen to be missing. */
  private missingAt = Number.NEGATIVE_INFINITY;
  private isRefused = false;

  private constructor(
    private readonly connection: Connection,
    private readonly namespace: string,
    private readonly log: Log,
    private readonly settleMs: number,
  ) {}

  /** Resolves after the first poll; throws INVALID_INPUT when there is no such namespace. `settleMs`: how long after they were missing they are not used yet. */
  static async start(
    connection: Connection,
    namespace: string,
    log: Log,
    settleMs = SETTLE_MS,
  ): Promise<NamespaceUpkeep> {
    const upkeep = new NamespaceUpkeep(connection, namespace, log, settleMs);
    await raiseRetention(connection, namespace, log);
    await upkeep.poll();
    upkeep.timer = setInterval(() => void upkeep.poll(), POLL_MS);
    return upkeep;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Whether all of them are registered and every part of the server knows them. Never throws. */
  async hasSearchAttributes(): Promise<boolean> {
    return (await this.missing(ANSWER_MS))?.length === 0 && performance.now() - this.missingAt >= this.settleMs;
  }

  /** Names that are not registered; undefined when the server does not say. */
  private async missing(answerMs?: number): Promise<readonly string[] | undefined> {
    try {
      const missing = await missingAttributes(this.connection, this.namespace, NAMES, answerMs);
      if (missing.length > 0) this.missingAt = performance.now();
      return missing;
    } catch {
      return undefined;
    }
  }

  private async poll(): Promise<void> {
    const missing = await this.missing();
    if (missing === undefined || missing.length === 0) return;
    const wanted = SEARCH_ATTRIBUTES.filter(({ name }) => missing.includes(name));
    try {
      await this.connection.operatorService.addSearchAttributes({
        namespace: this.namespace,
        searchAttributes: Object.fromEntries(wanted.map(({ name, type }) => [name, INDEXED_VALUE_TYPE[type] ?? 2])),
      });
      this.isRefused = false;
      this.log('warn', 'search attributes were missing and are registered again', { missing });
    } catch (error) {
      if (!this.isRefused) {
        this.log('warn', 'search attributes could not be registered; continuing without', { error: String(error) });
      }
      this.isRefused = true;
    }
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
    if (isGrpcServiceError(error) && error.code === NO_SUCH) {
      const allowed = `a namespace of the server (\`temporal operator namespace create -n ${namespace}\` makes it)`;
      throw new InvalidInput('temporal.namespace', namespace, allowed);
    }
    log('info', 'the retention of the namespace stays as it is', { error: String(error) });
  }
}
