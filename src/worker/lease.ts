/**
 * The lease of the broker session: exactly one process may send. Its validity is checked by our own clock against the last
 * renewal that the database confirmed, so a process that was stopped and goes on does not send with an old lease.
 */
import type { LeaseHold } from '../activities/context/deps.js';
import type { Log } from '../domain/log.js';
import type { Leases } from '../store/api.js';

const TTL_MS = 10_000;
const RENEW_MS = 2_000;
/** Sending stops this long before another process may take the lease. */
const MARGIN_MS = 2_000;

export interface HeldLease extends LeaseHold {
  /** Resolves when another process has taken the lease. */
  readonly lost: Promise<void>;
  release(): Promise<void>;
}

/** One try; undefined while another process holds it. Throws DATABASE_UNREACHABLE. */
export async function tryLease(leases: Leases, name: string, holder: string, log: Log): Promise<HeldLease | undefined> {
  const asked = performance.now();
  const token = await leases.acquire(name, holder, TTL_MS);
  if (token === undefined) return undefined;
  let confirmedAt = asked;
  let taken = false;
  let announce: () => void = () => undefined;
  const lost = new Promise<void>((resolve) => {
    announce = resolve;
  });
  let renewing = false;
  const renew = async () => {
    if (renewing || taken) return;
    renewing = true;
    const begun = performance.now();
    try {
      if (await leases.renew(name, holder, token, TTL_MS)) confirmedAt = begun;
      else {
        taken = true;
        announce();
      }
    } catch (error) {
      log('warn', 'a lease could not be renewed', { name, error: String(error) });
    } finally {
      renewing = false;
    }
  };
  const timer = setInterval(() => void renew(), RENEW_MS);
  return {
    token,
    valid: () => !taken && performance.now() - confirmedAt < TTL_MS - MARGIN_MS,
    lost,
    release: async () => {
      clearInterval(timer);
      if (taken) return;
      taken = true;
      await leases.release(name, holder, token).catch(() => undefined);
    },
  };
}
