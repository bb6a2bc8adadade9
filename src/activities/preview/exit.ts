/** What an exit would send now: what rests is taken away first, then the closing order; of a roll also the new position's. */
import type { OrderSpec } from '../../contract/activities.js';
import type { Check, DraftOrder, DryRun, ExitCommand } from '../../contract/requests.js';
import { type OrderRole, orderRefOf } from '../../domain/ids.js';
import { isResting } from '../../domain/order/protection.js';
import { brokenRest } from '../../domain/position/broken.js';
import type { ExecutionRow } from '../../store/api.js';
import { drawUp } from '../orders/prepare.js';
import type { BrokerParts } from '../parts.js';
import { combosOf } from '../position/exit.js';
import { existing } from '../position/opening.js';
import { thinkRoll } from '../position/roll.js';
import { isOver } from '../position/summary.js';
import { judgeDraft, sentence } from './judge.js';
import { previewOpening } from './opening.js';

const NOTHING: DryRun = { ok: false, reasons: [], checks: [], orders: [], cancels: [] };

export async function previewExit(
  parts: BrokerParts,
  { positionId, command }: { readonly positionId: string; readonly command: ExitCommand },
): Promise<DryRun> {
  await parts.tracker.drained();
  const row = await existing(parts, positionId);
  if (isOver(row)) return { ...NOTHING, ok: true, reasons: ['The position is already closed: nothing would be sent.'] };
  const wanted = unitsOf(row, command);
  if (typeof wanted === 'string') return { ...NOTHING, code: 'RISK_REFUSED', reasons: [wanted] };
  const resting = (await parts.deps.store.intents.unsettled(positionId)).filter(({ role }) => isResting(role));
  const cancels = resting.map(({ orderRef }) => orderRef);
  const closing = await previewClosing(parts, row, command, wanted, cancels);
  if (command.action !== 'ROLL' || !closing.ok) return closing;
  return joined(closing, await previewSuccessor(parts, row, command));
}

/** The closing orders: the whole combination, or one leg after another where the structure is broken. */
function unitsOf(row: ExecutionRow, command: ExitCommand): readonly Unit[] | string {
  const rest = brokenRest(row.legs, row.openCombos);
  if (rest === undefined) {
    const combos = combosOf(row, command);
    return typeof combos === 'string' ? combos : [{ role: 'combo', units: combos }];
  }
  if (rest.length === 0) return 'What is left is held on the other side than it was opened; a person must settle it.';
  return rest.map(({ legNo, contracts }) => ({ role: `leg${legNo}`, units: contracts }));
}

interface Unit {
  readonly role: OrderRole;
  readonly units: number;
}

async function previewClosing(
  parts: BrokerParts,
  row: ExecutionRow,
  command: ExitCommand,
  wanted: readonly Unit[],
  cancels: readonly string[],
): Promise<DryRun> {
  const orders: DraftOrder[] = [];
  let run: DryRun = { ...NOTHING, ok: true, cancels };
  for (const { role, units } of wanted) {
    const { pricing, urgency, by, overrideHalt } = command;
    const spec: OrderSpec = {
      ...{ positionId: row.positionId, step: row.lastStep + 1, role, attempt: 1, purpose: 'REDUCE' },
      ...{ combos: units, pricing: role === 'combo' ? pricing : { kind: 'walk' }, urgency, by, overrideHalt },
    };
    const drawn = await drawUp(parts.deps, parts.calendar, spec, row);
    if (drawn.kind !== 'drawn') {
      const code = drawn.kind === 'refused' ? drawn.code : 'RISK_REFUSED';
      return { ...run, ok: false, code, orders, reasons: [...run.reasons, sentence(drawn.reason)] };
    }
    const draft = { orderRef: orderRefOf(spec), payload: drawn.payload };
    orders.push(draft);
    const { checks, code, whatIf } = await judgeDraft(parts, { ...draft, gone: cancels }, command);
    run = joined(run, {
      ...{ ok: code === undefined, reasons: failures(checks), checks, orders: [draft], cancels: [] },
      ...(code && { code }),
      ...(whatIf && { whatIf }),
    });
  }
  return run;
}

async function previewSuccessor(parts: BrokerParts, row: ExecutionRow, command: ExitCommand): Promise<DryRun> {
  const made = await thinkRoll(parts, row, command);
  if ('kind' in made) return { ...NOTHING, code: made.code, reasons: made.reasons, checks: made.checks };
  return await previewOpening(parts, made.positionId, made.plan, { kind: 'walk' });
}

function failures(checks: readonly Check[]): readonly string[] {
  return checks.filter(({ passed }) => !passed).map(({ text }) => text);
}

/** Two runs one after the other: the first preview and the first code stand. */
function joined(first: DryRun, second: DryRun): DryRun {
  const code = first.code ?? second.code;
  const whatIf = first.whatIf ?? second.whatIf;
  return {
    ok: first.ok && second.ok,
    reasons: [...first.reasons, ...second.reasons],
    checks: [...first.checks, ...second.checks],
    orders: [...first.orders, ...second.orders],
    cancels: [...first.cancels, ...second.cancels],
    ...(code !== undefined && { code }),
    ...(whatIf !== undefined && { whatIf }),
  };
}
