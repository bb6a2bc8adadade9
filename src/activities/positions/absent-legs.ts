/** Closing a position of which the account does not list a leg, while it is not certain that the leg is gone. */
import type { ExitCommand } from '../../contract/requests.js';
import { closingLegs } from '../../domain/order/legs.js';
import { contractName } from '../../domain/order/order.js';
import { type ClosingOrder, closableWithout, closingOrders, isBroken } from '../../domain/position/broken.js';
import type { FollowUp } from '../../domain/position/settings.js';
import { rollPolicyOf } from '../../domain/rules/roll-policy.js';
import type { RulesSettings } from '../../domain/rules/settings.js';
import type { PositionRow, Store } from '../../store/api.js';

export const NO_NET_PRICE =
  'The position is closed leg by leg, where no net price can be held; close it without a limit price.';

/** Legs that the last lists of the account lacked altogether; whether they are gone is not certain yet. */
export async function absentLegs(
  { absences }: Pick<Store, 'absences'>,
  { legs }: PositionRow,
): Promise<ReadonlySet<number>> {
  const absent = new Set((await absences.list()).map(({ conId }) => conId));
  const missing = legs.filter(({ contract, openQuantity }) => openQuantity !== 0 && absent.has(contract.conId));
  return new Set(missing.map(({ legNo }) => legNo));
}

/** Whole combos of which the account lacks a leg are closed leg by leg, and all of them. */
export function whyNotWithout(
  command: ExitCommand,
  absent: ReadonlySet<number>,
  rules: RulesSettings,
): string | undefined {
  const lacks = `The account does not show leg ${[...absent].join(' and leg ')}`;
  const isRolled = command.action === 'ROLL' && rollPolicyOf(command, rules) === 'roll';
  if (command.action === 'REDUCE' || isRolled)
    return `${lacks}, so no combo of the position is whole; close it instead.`;
  return command.pricing.kind === 'limit' ? `${lacks}. ${NO_NET_PRICE}` : undefined;
}

function absentText({ positionId, legs }: PositionRow, absent: ReadonlySet<number>): string {
  const names = legs
    .filter(({ legNo }) => absent.has(legNo))
    .map(({ legNo, contract }) => `leg ${legNo} (${contractName(contract)})`);
  return `The account does not show ${names.join(' and ')}, and nothing else may be closed before that is certain. It is taken for gone when enough lists lack it; \`legwork settle ${positionId} --leg N --price P\` settles it now.`;
}

/** What may be closed now of a broken position or of one whose leg is absent, in its order; or why nothing may. */
export function ordersWithout(
  row: PositionRow,
  absent: ReadonlySet<number>,
  followUp: FollowUp,
): readonly ClosingOrder[] | string {
  const all = isBroken(row)
    ? closingOrders(row, followUp)
    : closingLegs(row.legs, row.openCombos).map(({ legNo, contracts }) => ({
        role: `leg${legNo}` as const,
        contracts,
      }));
  const orders = closableWithout(row.legs, all, absent);
  return orders.length === 0 && all.length > 0 ? absentText(row, absent) : orders;
}
