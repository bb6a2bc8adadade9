/**
 * Commission reports: each comes some time after its execution, with a fault later or never.
 */
import type { GatewayClock, GatewayCommission, GatewayExecution } from '../model.js';
import type { Announcer } from './announcer.js';
import type { ExecutionLog } from './execution-log.js';

export interface ReportParts {
  readonly clock: GatewayClock;
  readonly log: ExecutionLog;
  readonly announcer: Announcer;
  /** Market time from a fill to its report. */
  readonly commissionMs: number;
}

/** A pending commission report, and its recipient. */
export interface PendingCommission {
  readonly report: GatewayCommission;
  readonly clientId: number;
  readonly orderRef: string;
  readonly at: number;
}

/** A fault: the next reports come later than usual, or never. */
interface LateCommission {
  readonly delayMs: number | undefined;
}

export class CommissionReports {
  readonly #parts: ReportParts;
  readonly #late: LateCommission[] = [];
  readonly #pending = new Set<PendingCommission>();

  constructor(parts: ReportParts) {
    this.#parts = parts;
  }

  /** The saved part. */
  state(): { readonly pendingCommissions: readonly PendingCommission[] } {
    return { pendingCommissions: [...this.#pending] };
  }

  restore({ pendingCommissions }: { readonly pendingCommissions: readonly PendingCommission[] }): void {
    for (const one of pendingCommissions) this.#reportLater(one);
  }

  /** Delays the next reports by this many market ms beyond the usual; without a delay they never come. */
  delay(count: number, delayMs: number | undefined): void {
    for (let index = 0; index < count; index += 1) this.#late.push({ delayMs });
  }

  /** Reports the commission and realised profit of an execution when its time comes. */
  report(execution: GatewayExecution, commission: number, realizedPnl: number | undefined): void {
    const { commissionMs } = this.#parts;
    const late = this.#late.shift();
    if (late && late.delayMs === undefined) return;
    const { execId, clientId, orderRef, at } = execution;
    const report = { execId, commission, currency: 'USD', ...(realizedPnl === undefined ? {} : { realizedPnl }) };
    this.#reportLater({ report, clientId, orderRef, at: at + commissionMs + (late?.delayMs ?? 0) });
  }

  #reportLater(pending: PendingCommission): void {
    const { clock, log, announcer } = this.#parts;
    const { report, clientId, orderRef, at } = pending;
    this.#pending.add(pending);
    clock.schedule(at, `commission ${report.execId}`, () => {
      this.#pending.delete(pending);
      log.report(report);
      announcer.publish(orderRef, { kind: 'commission', clientId, commission: report });
    });
  }
}
