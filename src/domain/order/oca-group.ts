/** The name of an OCA group: when one of its orders fills, the broker cancels the others. */

/**
 * A stop and a target placed together share a group, so that both can never fill. The name is in stored orders: its form never changes.
 */
export function ocaGroupOf(positionId: string, step: number): string {
  return `LW-${positionId}-${step}`;
}
