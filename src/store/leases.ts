/**
 * Leases with fencing tokens, on the database's clock, so processes need not agree about the time. Each acquisition gets a
 * new, higher token; a process with an older one has lost the lease, whatever it believes.
 */
import type { Database } from './pool.js';

/** Which process owns the broker session. Wall time: the lease concerns processes, not the market. */
export interface Leases {
  /** Takes a free or expired lease; returns its new fencing token, or undefined while another holder renews it. */
  acquire(name: string, holder: string, ttlMs: number): Promise<number | undefined>;
  /** False when the token is no longer the current one. */
  renew(name: string, holder: string, token: number, ttlMs: number): Promise<boolean>;
  release(name: string, holder: string, token: number): Promise<void>;
  current(
    name: string,
  ): Promise<{ readonly holder: string; readonly token: number; readonly expired: boolean } | undefined>;
}

/** The lease whose token fences every send: one process owns the broker session. */
export const BROKER_LEASE = 'broker';

/** clock_timestamp(), not now(): the time after the wait for the row's lock, not the start of the statement. */
const EXPIRY = "clock_timestamp() + $3 * interval '1 millisecond'";

export function leasesIn(db: Database): Leases {
  return {
    /** A holder that takes its own lease again gets a new token too: its former process may still be running. */
    async acquire(name, holder, ttlMs) {
      const row = await db.row<{ token: number }>(
        `INSERT INTO leases AS l (name, holder, token, expires_at) VALUES ($1, $2, 1, ${EXPIRY})
         ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, token = l.token + 1, expires_at = ${EXPIRY}
         WHERE l.holder IS NULL OR l.holder = EXCLUDED.holder OR l.expires_at <= clock_timestamp()
         RETURNING token`,
        [name, holder, ttlMs],
      );
      return row?.token;
    },

    /** An expired lease that nobody took is renewed: its token is still the newest. */
    async renew(name, holder, token, ttlMs) {
      const changed = await db.changed(
        `UPDATE leases SET expires_at = ${EXPIRY} WHERE name = $1 AND holder = $2 AND token = $4`,
        [name, holder, ttlMs, token],
      );
      return changed === 1;
    },

    /** Nothing happens when the token is no longer the current one. */
    async release(name, holder, token) {
      await db.changed(
        'UPDATE leases SET holder = NULL, expires_at = clock_timestamp() WHERE name = $1 AND holder = $2 AND token = $3',
        [name, holder, token],
      );
    },

    /** Undefined while nobody holds it. */
    async current(name) {
      return await db.row<{ holder: string; token: number; expired: boolean }>(
        `SELECT holder, token, expires_at <= clock_timestamp() AS expired FROM leases
         WHERE name = $1 AND holder IS NOT NULL`,
        [name],
      );
    },
  };
}
