/** Executions and commissions as the broker reports them. */

import type { CommissionReport, Contract, Execution } from '@stoqey/ib';
import { defined } from '../domain/defined.js';
import { fromNumber, type Micros } from '../domain/money.js';
import type { Fill } from '../domain/order/fill.js';
import { sideOf } from './order-rows.js';

const KINDS: Readonly<Record<string, Fill['secType']>> = { OPT: 'OPT', BAG: 'BAG', STK: 'STK' };
/** Doubles as large as this mean "no value". */
const UNSET = 1e300;

/** `timeOf` reads the broker's text of a time, epoch ms. Undefined for an execution without id. */
export function fillOf(contract: Contract, execution: Execution, timeOf: (text: string) => number): Fill | undefined {
  const { execId } = execution;
  if (execId === undefined || execId === '') return undefined;
  const secType = KINDS[String(contract.secType)] ?? 'OTHER';
  return {
    execId,
    orderRef: execution.orderRef ?? '',
    orderId: execution.orderId ?? 0,
    permId: execution.permId ?? 0,
    account: execution.acctNumber ?? '',
    conId: secType === 'BAG' ? 0 : (contract.conId ?? 0),
    secType,
    side: sideOf(execution.side),
    quantity: execution.shares ?? 0,
    price: fromNumber(execution.price ?? 0),
    at: timeOf(execution.time ?? ''),
    liquidation: (execution.liquidation ?? 0) > 0,
  };
}

export interface CommissionRow {
  readonly execId: string;
  readonly commission: Micros;
  readonly realizedPnl?: Micros;
}

/** Undefined when the report carries no amount. */
export function commissionOf(report: CommissionReport): CommissionRow | undefined {
  const { execId, commission, realizedPNL } = report;
  if (execId === undefined || execId === '' || !isSet(commission)) return undefined;
  return {
    execId,
    commission: fromNumber(commission),
    ...(isSet(realizedPNL) && { realizedPnl: fromNumber(realizedPNL) }),
  };
}

/** Fills with the commissions that came beside them. */
export function joinCommissions(fills: readonly Fill[], reports: readonly CommissionRow[]): readonly Fill[] {
  const byId = new Map(reports.map((row) => [row.execId, row]));
  return fills.map((fill) => {
    const row = byId.get(fill.execId);
    if (row === undefined) return fill;
    const { commission, realizedPnl } = row;
    return { ...fill, commission, ...defined({ realizedPnl }) };
  });
}

function isSet(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && Math.abs(value) < UNSET;
}
