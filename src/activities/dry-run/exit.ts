/** What an exit would send now: cancels of the protective orders, the closing order and, for a roll, the new position's order. */
import type { OrderSpec } from '../../contract/activities.js';
import type { DraftOrder, DryRun, ExitCommand } from '../../contract/requests.js';
import { type OrderRole, orderRefOf } from '../../domain/ids.js';
import { closingLegs } from '../../domain/order/legs.js';
import { isProtective } from '../../domain/order/protection.js';
import { isBroken } from '../../domain/position/broken.js';
import { isFlat } from '../../domain/position/status.js';
import type { PositionRow } from '../../store/api.js';
import { existing } from '../context/existing.js';
import { draftRoll, type RollParts } from '../entry/roll.js';
import { wasOpenedByLegs } from '../orders/by-legs.js';
import { draftOrder } from '../orders/prepare.js';
import { absentLegs, NO_NET_PRICE, ordersWithout, whyNotWithout } from '../positions/absent-legs.js';
import { combosOf, whyOnlyClosed } from '../positions/exit.js';
import { checkDraft, sentence } from './draft-checks.js';
import { joined, NOTHING, runOf } from './join.js';
import { type OpeningDraftParts, previewOpening } from './opening.js';

export interface ExitDraftParts extends OpeningDraftParts, RollParts {
  readonly deps: OpeningDraftParts['deps'] & RollParts['deps'];
  readonly feeds: RollParts['feeds'];
}

export async function previewExit(
  parts: ExitDraftParts,
  { positionId, command }: { readonly positionId: string; readonly command: ExitCommand },
): Promise<DryRun> {
  await parts.tracker.drained();
  const row = await existing(parts.deps.store, positionId);
  if (isFlat(row)) return { ...NOTHING, ok: true, reasons: ['The position is already closed: nothing would be sent.'] };
  const wanted = await unitsOf(parts, row, command);
  if (typeof wanted === 'string') return { ...NOTHING, code: 'RISK_REFUSED', reasons: [wanted] };
  const resting = (await parts.deps.store.intents.unsettled(positionId)).filter(({ role }) => isProtective(role));
  const cancels = resting.map(({ orderRef }) => orderRef);
  const closing = await previewClosing(parts, row, command, wanted, cancels);
  if (command.action !== 'ROLL' || !closing.ok) return closing;
  if (isBroken(row))
    return {
      ...closing,
      reasons: [...closing.reasons, 'It is broken: all of it would be closed, and nothing opened.'],
    };
  return joined(closing, await previewSuccessor(parts, row, command));
}

/** The closing orders: the whole combination, or one leg after another when it was opened leg by leg or its structure is broken. */
async function unitsOf(
  { deps }: ExitDraftParts,
  row: PositionRow,
  command: ExitCommand,
): Promise<readonly Unit[] | string> {
  const absent = await absentLegs(deps.store, row);
  if (!isBroken(row) && absent.size === 0) {
    const combos = combosOf(row, command, deps.settings().rules.takeProfit);
    if (typeof combos === 'string') return combos;
    if (!(await wasOpenedByLegs(deps.store, row))) return [{ role: 'combo', units: combos }];
    if (command.pricing.kind === 'limit') return NO_NET_PRICE;
    return closingLegs(row.legs, combos).map(({ legNo, contracts }) => ({ role: `leg${legNo}`, units: contracts }));
  }
  const { rules } = deps.settings();
  const why = isBroken(row) ? whyOnlyClosed(row, command, rules) : whyNotWithout(command, absent, rules);
  if (why !== undefined) return why;
  const orders = ordersWithout(row, absent, 'flatten_as_unit');
  if (typeof orders === 'string') return orders;
  if (orders.length === 0) return 'The remaining contracts are held on the opposite side; settle them at the broker.';
  return orders.map(({ role, contracts }) => ({ role, units: contracts }));
}

interface Unit {
  readonly role: OrderRole;
  readonly units: number;
}

async function previewClosing(
  parts: ExitDraftParts,
  row: PositionRow,
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
    const drafted = await draftOrder(parts.deps, parts.calendar, spec, row);
    if (drafted.kind !== 'drafted') {
      const code = drafted.kind === 'refused' ? drafted.code : 'RISK_REFUSED';
      return { ...run, ok: false, code, orders, reasons: [...run.reasons, sentence(drafted.reason)] };
    }
    const draft = { orderRef: orderRefOf(spec), payload: drafted.payload };
    orders.push(draft);
    const afterAnother = orders.length > 1;
    run = joined(run, runOf(await checkDraft(parts, { ...draft, gone: cancels, afterAnother }, command), [draft]));
  }
  return run;
}

async function previewSuccessor(parts: ExitDraftParts, row: PositionRow, command: ExitCommand): Promise<DryRun> {
  const made = await draftRoll(parts, row, command);
  if ('kind' in made) return { ...NOTHING, code: made.code, reasons: made.reasons, checks: made.checks };
  return await previewOpening(parts, { ...made, pricing: { kind: 'walk' } });
}
