/**
 * Executions and commissions of the day; a gateway forgets both at midnight in New York.
 */
import type { ExecutionFilter, GatewayCommission, GatewayExecution } from '../model.js';
import { correctedId } from './execution-ids.js';
import { roundPrice } from './order-record.js';

export class ExecutionLog {
  #executions: GatewayExecution[] = [];
  /** Reported commissions only: nobody knows a pending report. */
  readonly #commissions = new Map<string, GatewayCommission>();

  /** The saved part. */
  state(): { readonly executions: readonly GatewayExecution[]; readonly commissions: readonly GatewayCommission[] } {
    return { executions: this.#executions, commissions: [...this.#commissions.values()] };
  }

  restore({ executions, commissions }: ReturnType<ExecutionLog['state']>): void {
    this.#executions = [...executions];
    for (const commission of commissions) this.report(commission);
  }

  add(execution: GatewayExecution): void {
    this.#executions.push(execution);
  }

  report(commission: GatewayCommission): void {
    this.#commissions.set(commission.execId, commission);
  }

  commission(execId: string): GatewayCommission | undefined {
    return this.#commissions.get(execId);
  }

  /** Executions up to a time that fit the filter, oldest first; empty and 0 match anything. */
  list(filter: ExecutionFilter, now: number): readonly GatewayExecution[] {
    const side = filter.side?.toUpperCase();
    const wantedSide = side === 'BUY' ? 'BOT' : side === 'SELL' ? 'SLD' : side;
    return this.#executions.filter(
      (execution) =>
        execution.at <= now &&
        (!filter.clientId || execution.clientId === filter.clientId) &&
        (!filter.account || execution.account === filter.account) &&
        (filter.since === undefined || execution.at >= filter.since) &&
        (!filter.symbol || execution.contract.symbol === filter.symbol) &&
        (!filter.secType || execution.contract.secType === filter.secType) &&
        (!wantedSide || execution.side === wantedSide),
    );
  }

  /**
   * Corrects the price of an execution; returns it with its former price, or undefined when there is no such execution.
   */
  correct(
    execId: string,
    price: number,
  ): { readonly before: GatewayExecution; readonly after: GatewayExecution } | undefined {
    const before = this.#executions.find((execution) => execution.execId === execId);
    if (!before) return undefined;
    const latest = this.#latest(before);
    const avgPrice = roundPrice(latest.avgPrice + ((price - latest.price) * latest.shares) / latest.cumQty);
    const after = { ...latest, execId: correctedId(latest.execId), price, avgPrice };
    this.add(after);
    return { before: latest, after };
  }

  #latest(execution: GatewayExecution): GatewayExecution {
    const stem = execution.execId.slice(0, execution.execId.lastIndexOf('.'));
    const versions = this.#executions.filter(({ execId }) => execId.startsWith(`${stem}.`));
    return versions.reduce((best, one) => (one.execId > best.execId ? one : best), execution);
  }

  forgetBefore(at: number): void {
    for (const { execId, at: time } of this.#executions) if (time < at) this.#commissions.delete(execId);
    this.#executions = this.#executions.filter((execution) => execution.at >= at);
  }
}
