/** The name of an OCA group: orders of which the broker cancels the others when one fills. */

/** Stop and target that are placed together share a group, so that never both can fill. It is in stored orders: the form never changes. */
export function ocaGroupOf(positionId: string, step: number): string {
  return `LW-${positionId}-${step}`;
}
