/**
 * What the release before took for a message; the rest it dropped. Runs that have such a signal in their history are replayed by it.
 * Goes with the patch `answer-messages`.
 */
import type { MessageName, PositionMessage } from '../contract/message-input.js';

export function wasTakenBefore(name: MessageName, input: unknown): boolean {
  const { requestId, urgency, ratio, dte, orClose } = (input ?? {}) as PositionMessage;
  if (typeof requestId !== 'string' || requestId.length === 0 || requestId.length > 100) return false;
  if (name === 'pause' || name === 'resume' || name === 'updateRules') return true;
  const urgencies: readonly unknown[] = ['IMMEDIATE', 'HIGH', 'NORMAL', 'LOW', undefined];
  if (!urgencies.includes(urgency)) return false;
  if (name === 'reduce') return typeof ratio === 'number' && ratio > 0 && ratio < 1;
  if (name === 'close') return true;
  const isDte = dte === undefined || (Number.isInteger(dte) && dte >= 1 && dte <= 1000);
  return isDte && (orClose === undefined || typeof orClose === 'boolean');
}
