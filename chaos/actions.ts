/** What a fault does, as data: it is drawn by the plan, carried out by the arena, and reported in one line. */
import type { FaultInput } from 'ib-gateway';

export type Action =
  /** kill -9, and a new process after `downMs`. With two workers: the one that holds the broker session. */
  | { readonly kind: 'kill-worker'; readonly downMs: number }
  /** SIGTERM, orderly end, new process. */
  | { readonly kind: 'stop-worker' }
  /** SIGSTOP for `ms`: the process sleeps and goes on as if nothing had been. */
  | { readonly kind: 'pause-worker'; readonly ms: number }
  /** Backends that work for Legwork are asked to end; with `hard` one is killed with -9, and the server recovers. */
  | { readonly kind: 'kill-backends'; readonly hard: boolean }
  | { readonly kind: 'kill-postgres'; readonly downMs: number }
  /** The network to the server: connections are cut and new ones refused for `ms`. */
  | { readonly kind: 'cut-postgres'; readonly ms: number }
  | { readonly kind: 'kill-temporal'; readonly downMs: number }
  | { readonly kind: 'cut-temporal'; readonly ms: number }
  | { readonly kind: 'kill-gateway'; readonly downMs: number }
  /** A fault of the gateway; `until` ends it after `untilMs` of wall time. */
  | { readonly kind: 'gateway'; readonly fault: FaultInput; readonly until?: FaultInput; readonly untilMs?: number }
  /** The latest execution comes once more with another price. */
  | { readonly kind: 'correct-execution'; readonly by: number }
  | { readonly kind: 'late-commission'; readonly n: number; readonly ms: number }
  /** Trading is HALTED, or REDUCING only, for `ms`. */
  | { readonly kind: 'halt'; readonly state: 'HALTED' | 'REDUCING'; readonly ms: number };

/** One line about an action. */
export function describeAction(action: Action): string {
  if (action.kind === 'gateway') {
    const { kind, ...fields } = action.fault;
    return `gateway ${kind} ${words(fields)}${action.untilMs === undefined ? '' : ` for ${action.untilMs} ms`}`.trim();
  }
  const { kind, ...fields } = action;
  return `${kind} ${words(fields)}`.trim();
}

function words(fields: object): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
