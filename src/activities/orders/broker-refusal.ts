/**
 * What follows when the broker refuses an order: at once, late, or by cancelling an order that it had taken. Its text decides, and
 * the pauses are the same in all three cases.
 */
import type { BrokerRefusal } from '../../contract/activities.js';
import { REQUOTED_MS } from '../../domain/order/net-bounds.js';
import { isProtective } from '../../domain/order/protection.js';
import { brokersReason, classifyRefusal } from '../../domain/order/refusal.js';
import type { IntentRow, Store } from '../../store/api.js';

/** Attempts of one step whose price the broker may refuse. */
const REPRICED_MAX = 3;

/** The broker's code and text that ended the intent, as stored; undefined when something else ended it. */
function endedByBroker({
  state,
  reason = '',
}: IntentRow): { readonly code: number; readonly text: string } | undefined {
  const [, code, text] = /^(\d+): (.*)$/s.exec(reason) ?? [];
  if (state === 'REJECTED') return { code: Number(code ?? 0), text: text ?? reason };
  const told = state === 'CANCELLED' ? brokersReason(text ?? reason) : undefined;
  return told === undefined ? undefined : { code: Number(code ?? 202), text: told };
}

/** What follows from how the intent ended; undefined when the broker did not refuse it. */
export async function refusalOf(store: Store, intent: IntentRow): Promise<BrokerRefusal | undefined> {
  const ended = endedByBroker(intent);
  if (ended === undefined) return undefined;
  const { code, text } = ended;
  const { reaction } = classifyRefusal(code, text);
  const verb = intent.state === 'REJECTED' ? 'rejected' : 'cancelled';
  const reason = `The broker ${verb} the order (${code}): ${text}`;
  if (reaction === 'legs' && intent.payload.legs.length > 1)
    return { kind: 'rejected', reaction: 'legs', code, reason };
  if (reaction !== 'reprice') return { kind: 'rejected', reaction: 'stop', code, reason };
  const attempts = await store.intents.attempts(intent.positionId, intent.step, intent.role);
  const refused = attempts.filter((one) => endedByBroker(one) !== undefined).length;
  if (refused < REPRICED_MAX) return { kind: 'rejected', reaction: 'again', code, reason };
  // After a jump the market requotes its legs one by one; an exit waits until their net is a price again.
  if (isWorked(intent)) return { kind: 'later', notBefore: intent.updatedAt + REQUOTED_MS, reason };
  return { kind: 'rejected', reaction: 'stop', code, reason };
}

/** An order of an exit, which does not give up because of a price. A protective order is placed again by its own rules. */
function isWorked({ purpose, role }: IntentRow): boolean {
  return purpose === 'REDUCE' && !isProtective(role);
}
