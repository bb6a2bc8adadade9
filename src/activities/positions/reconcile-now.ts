/**
 * Broker against database: on every connection, on a schedule, and when a person asks. A difference must be seen twice, since
 * fills arrive between two answers. It then becomes an alert with a name, resolved automatically once the difference is gone.
 */
import { OPEN_ALERTS } from '../../domain/alert.js';
import { defined } from '../../domain/defined.js';
import { isProtective } from '../../domain/order/protection.js';
import { isBroken } from '../../domain/position/broken.js';
import type { Finding } from '../../domain/position/reconcile.js';
import { reversalOf } from '../../domain/position/unbalanced.js';
import type { AlertRow, Alerts } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { replaceAlert } from '../context/replace-alert.js';
import type { SingleFlight } from '../context/single-flight.js';
import { noteBroken } from '../orders/broken-alert.js';
import { isOpeningByLegs } from '../orders/by-legs.js';
import type { ExternalChangeParts } from '../orders/external-change.js';
import { importExternalFills } from '../orders/import-external-fills.js';
import { findDifferences, reconcileSession } from '../orders/reconcile.js';
import { settleExercises } from '../orders/settle-exercises.js';

export interface CompareParts extends ExternalChangeParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'log' | 'meters' | 'processId' | 'settings' | 'store'>;
  readonly comparison: SingleFlight<Comparison>;
}

const RULE_PREFIX = 'reconcile_';
const CONFIRM_MS = 1_500;

/** The ledger itself raises this alert, at the fill that causes it. */
const REVERSED_KIND = 'reversed';

/** Differences that block new positions in a symbol until they are settled. */
const FREEZING: ReadonlySet<string> = new Set(['missing-here', 'missing-there', 'quantity', 'naked-short']);
/** A person may mean to hold this. It freezes the symbol until it is gone or the person has acknowledged it. */
const FOREIGN = 'foreign-position';

export interface Comparison {
  readonly findings: readonly { readonly kind: string; readonly text: string }[];
}

/** A comparison that begins after the request and never runs beside another: two would import the same trade twice. */
export function reconcileNow(parts: CompareParts): Promise<Comparison> {
  return parts.comparison.run(() => compare(parts));
}

async function compare(parts: CompareParts): Promise<Comparison> {
  const { deps, tracker } = parts;
  await reconcileSession(deps, tracker);
  await importExternalFills(parts);
  await settleExercises(parts);
  await noteBrokenPositions(parts);
  const first = await findDifferences(deps, tracker);
  const second = first.length === 0 ? [] : await secondLook(parts);
  const seen = new Set(first.map(identity));
  const findings = second.filter((finding) => seen.has(identity(finding)));
  deps.meters.compared(findings);
  for (const { kind, positionId } of findings) {
    if (kind === REVERSED_KIND && positionId !== undefined) await tracker.projectNow(positionId);
  }
  await raise(
    parts,
    findings.filter(({ kind }) => kind !== REVERSED_KIND),
  );
  // A comparison that could not be made has not found agreement.
  if (![...first, ...second].some(isUncompared)) await resolveOld(parts, findings);
  return { findings: findings.map(({ kind, text }) => ({ kind, text })) };
}

/** Legs out of their ratio while an order of ours fills are not broken, nor are those of an opening leg by leg. */
async function noteBrokenPositions({ deps }: CompareParts): Promise<void> {
  const [rows, unsettled] = await Promise.all([
    deps.store.executions.get_open_strategies(),
    deps.store.intents.unsettled(),
  ]);
  const busy = new Set(unsettled.filter(({ role }) => !isProtective(role)).map(({ positionId }) => positionId));
  for (const row of rows) {
    const isIdle = !busy.has(row.positionId) && row.status !== 'EXITING' && !(await isOpeningByLegs(deps.store, row));
    const isOurs = row.shares === 0 && row.status !== 'BROKEN';
    if (isBroken(row) && (!isOurs || (isIdle && reversalOf(row.legs) === undefined))) await noteBroken(deps, row);
  }
}

async function secondLook({ deps, tracker }: CompareParts): Promise<readonly Finding[]> {
  await new Promise((resolve) => setTimeout(resolve, CONFIRM_MS));
  return await findDifferences(deps, tracker);
}

/** A list of the broker that could not be read; a single order that is no longer shown names its position. */
function isUncompared({ kind, positionId }: Finding): boolean {
  return kind === 'stale' && positionId === undefined;
}

function identity({ kind, positionId, symbol, conId }: Finding): string {
  return [kind, positionId ?? '', symbol ?? '', conId ?? ''].join('|');
}

/**
 * One alert per kind and position, or per kind and symbol, with the text of each. The texts are sorted: the broker's order may
 * change, and the same holdings must match their acknowledgement.
 */
async function raise({ deps }: CompareParts, findings: readonly Finding[]): Promise<void> {
  const createdAt = deps.broker.clock.now();
  for (const key of new Set(findings.map(alertKey))) {
    const alike = findings
      .filter((finding) => alertKey(finding) === key)
      .sort((a, b) => (a.conId ?? 0) - (b.conId ?? 0) || (a.text < b.text ? -1 : 1));
    const [first] = alike;
    if (first === undefined) continue;
    const { kind, symbol, positionId } = first;
    const critical = kind === 'naked-short';
    const alert: Parameters<Alerts['raise']>[0] = {
      type: critical ? 'CRITICAL' : 'WARNING',
      severity: critical ? 'IMMEDIATE' : 'HIGH',
      title: `Broker and database differ: ${kind}`,
      message: alike.map(({ text }) => text).join(' '),
      rule: `${RULE_PREFIX}${kind}`,
      ...defined({ symbol, positionId }),
      metadata: { conIds: alike.flatMap(({ conId }) => conId ?? []) },
      createdAt,
    };
    // An acknowledgement covers the holdings that it was given for.
    if (kind === FOREIGN) await replaceAlert(deps.store, alert);
    else await deps.store.alerts.raise(alert);
  }
}

/** An alert of ours that no finding supports any more is over. */
async function resolveOld({ deps }: CompareParts, findings: readonly Finding[]): Promise<void> {
  const { store, broker } = deps;
  const open = new Set(findings.map(alertKey));
  for (const alert of await openAlerts(deps)) {
    if (!open.has(keyOf(kindOf(alert), alert.positionId, alert.symbol))) {
      await store.alerts.end(alert, broker.clock.now());
    }
  }
}

function kindOf({ rule }: AlertRow): string {
  return rule.slice(RULE_PREFIX.length);
}

function alertKey({ kind, positionId, symbol }: Finding): string {
  return keyOf(kind, positionId, symbol);
}

function keyOf(kind: string, positionId: string | undefined, symbol: string | undefined): string {
  return [kind, positionId ?? symbol ?? ''].join('|');
}

async function openAlerts({ store }: Pick<BrokerDeps, 'store'>): Promise<readonly AlertRow[]> {
  const open = await store.alerts.list({ statuses: OPEN_ALERTS });
  return open.filter((alert) => alert.rule.startsWith(RULE_PREFIX));
}

/**
 * Why the symbol takes no new position now, one sentence per difference. A difference found earlier may be over, so it is searched
 * for again before it blocks anything.
 */
export async function unsettledDifferences(parts: CompareParts, symbol: string): Promise<readonly string[]> {
  const earlier = await foundDifferences(parts, symbol);
  if (earlier.length === 0) return earlier;
  await reconcileNow(parts);
  return await foundDifferences(parts, symbol);
}

async function foundDifferences(parts: CompareParts, symbol: string): Promise<readonly string[]> {
  const alerts = await openAlerts(parts.deps);
  const open = await parts.deps.store.executions.get_open_strategies(symbol);
  return [
    ...open.flatMap(({ positionId, legs }) => {
      const reversed = reversalOf(legs);
      return reversed === undefined ? [] : [`Position ${positionId}: ${reversed}`];
    }),
    ...alerts.filter((alert) => alert.symbol === symbol).flatMap(reasonOf),
  ];
}

function reasonOf(alert: AlertRow): readonly string[] {
  if (FREEZING.has(kindOf(alert))) return [alert.message];
  if (kindOf(alert) !== FOREIGN || alert.status === 'ACKNOWLEDGED') return [];
  return [`${alert.message} If this is intended, run \`legwork alerts ack ${alert.alertId}\`.`];
}
