/** The result of a demo: one object for programs, a summary for people. Money as decimal strings. */
import { formatMoney } from '../../domain/money.js';
import type { Fill } from '../../domain/order/fill.js';
import { strategyTitle } from '../../domain/strategy/names.js';
import type { PositionRow, Store } from '../../store/api.js';

export interface FillReport {
  readonly execId: string;
  readonly at: string;
  readonly orderRef: string;
  readonly contract: string;
  readonly side: 'BUY' | 'SELL';
  readonly quantity: number;
  readonly price: string;
  readonly commission: string | null;
}

export interface DemoReport {
  readonly positionId: string;
  readonly symbol: string;
  readonly strategy: string;
  readonly status: string;
  readonly openedAt: string | null;
  readonly closedAt: string | null;
  readonly quantity: number;
  readonly entry: { readonly netCredit: string | null; readonly fills: readonly FillReport[] };
  readonly exit: {
    readonly rule: string | null;
    readonly action: string | null;
    readonly netDebit: string | null;
    readonly fills: readonly FillReport[];
  };
  readonly realizedPnl: string | null;
  readonly commissions: string;
  readonly decisions: Readonly<Record<string, number>>;
  readonly workflowIds: readonly string[];
}

const iso = (at: number | undefined) => (at === undefined ? null : new Date(at).toISOString());
const money = (value: number | undefined) => (value === undefined ? null : formatMoney(value));

export async function demoReport(store: Store, row: PositionRow): Promise<DemoReport> {
  const { positionId, symbol, strategyType, status, quantity } = row;
  const [fills, decisions, intents] = await Promise.all([
    store.fills.ofPosition(positionId),
    store.decisions.countByRule(positionId),
    store.intents.list({ positionId }),
  ]);
  const opening = new Set(intents.filter((one) => one.purpose === 'OPEN').map((one) => one.orderRef));
  const legFills = fills.filter((fill) => fill.secType !== 'BAG');
  const report = (some: readonly Fill[]) => some.map((fill) => fillReport(row, fill));
  return {
    positionId,
    symbol,
    strategy: strategyType,
    status,
    openedAt: iso(row.fillTime),
    closedAt: iso(row.closeTime),
    quantity,
    entry: { netCredit: money(row.entryNet), fills: report(legFills.filter((fill) => opening.has(fill.orderRef))) },
    exit: {
      rule: row.exitRule ?? null,
      action: row.exitAction ?? null,
      netDebit: money(row.exitNet),
      fills: report(legFills.filter((fill) => !opening.has(fill.orderRef))),
    },
    realizedPnl: money(row.realizedPnl),
    commissions: formatMoney(row.commissions),
    decisions,
    workflowIds: [row.entryWorkflowId, row.workflowId].filter((id) => id !== undefined),
  };
}

function fillReport(row: PositionRow, fill: Fill): FillReport {
  const contract = row.plan.legs.find((leg) => leg.contract.conId === fill.conId)?.contract;
  return {
    execId: fill.execId,
    at: new Date(fill.at).toISOString(),
    orderRef: fill.orderRef,
    contract: contract ? `${contract.expiry} ${contract.strike} ${contract.right}` : String(fill.conId),
    side: fill.side,
    quantity: fill.quantity,
    price: formatMoney(fill.price),
    commission: fill.commission === undefined ? null : formatMoney(fill.commission),
  };
}

/** For people: the life in a few lines, each fill, the decisions, and where to inspect it. */
export function demoSummary(report: DemoReport, webUi: string | undefined): string {
  const { entry, exit } = report;
  const line = (fill: FillReport) =>
    `    ${fill.at.slice(0, 19).replace('T', ' ')}Z  ${fill.side.padEnd(4)} ${String(fill.quantity).padStart(2)} x ${fill.contract.padEnd(18)} @ ${fill.price.padStart(6)}  commission ${fill.commission ?? 'not reported'}`;
  const decisions = Object.entries(report.decisions).map(([rule, count]) => `${rule} x ${count}`);
  return [
    '',
    `${report.quantity} x ${report.symbol} ${strategyTitle(report.strategy as PositionRow['strategyType'])}  ${report.positionId}  ${report.status}`,
    `  Entry   ${report.openedAt ?? 'never filled'}  net credit ${entry.netCredit ?? 'none'}`,
    ...entry.fills.map(line),
    `  Exit    ${report.closedAt ?? 'open'}  rule ${exit.rule ?? 'none'} (${exit.action ?? 'none'})  net debit ${exit.netDebit ?? 'none'}`,
    ...exit.fills.map(line),
    `  Decisions       ${decisions.join(', ') || 'none'}`,
    `  Realised P&L    ${report.realizedPnl ?? 'none'} after commissions of ${report.commissions}`,
    `  Workflows       ${report.workflowIds.join(', ')}`,
    ...(webUi === undefined ? [] : [`  Web UI          ${webUi}`]),
    '',
  ].join('\n');
}
