/** Which worker has held the broker lease, and from when: polled often, so that orders can be compared with it afterwards. */
import type { Leases } from 'legwork';
import { pause } from './retry.js';

const LOOK_MS = 150;

export interface Holding {
  readonly holder: string;
  readonly token: number;
  /** Wall ms at which it was first seen; it may have begun up to a poll earlier. */
  readonly from: number;
}

/** Looks until stopped; a database that does not answer cannot hand a lease over either. */
export function watchLease(leases: Leases): { readonly holdings: readonly Holding[]; stop(): void } {
  const holdings: Holding[] = [];
  let going = true;
  const look = async () => {
    const current = await leases.current('broker');
    const last = holdings.at(-1);
    if (current === undefined || current.holder === null || current.token === last?.token) return;
    holdings.push({ holder: current.holder, token: current.token, from: Date.now() });
  };
  const run = async () => {
    while (going) {
      await look().catch(() => undefined);
      await pause(LOOK_MS);
    }
  };
  void run();
  return {
    holdings,
    stop: () => {
      going = false;
    },
  };
}
