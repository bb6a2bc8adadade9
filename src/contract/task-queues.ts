/** Task queues. Orders and watches have their own: on one queue, waiting watches starve a close order (measured). */

/** Workflows and activities that need only the database. Every worker polls it, a standby included. */
export const WORKFLOW_QUEUE = 'legwork';

/** Short broker work: entry data, orders. Polled only by the process that holds the broker lease. */
export function ordersQueue(accountAlias: string): string {
  return `broker-${accountAlias}-orders`;
}

/** Long broker waits: watches and working orders. Polled only by the process that holds the broker lease. */
export function watchQueue(accountAlias: string): string {
  return `broker-${accountAlias}-watch`;
}
