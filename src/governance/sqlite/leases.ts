import type { Lease, LeaseStore } from '../../domain/lease.js';
import type { Database } from './database.js';

export function createLeaseStore(database: Database, now: () => number): LeaseStore {
  return {
    acquire: (name, holder, ttlMs) =>
      database.write('leases.acquire', (transaction): Lease | null => {
        const current = now();
        const expiresAt = new Date(current + ttlMs).toISOString();
        const row = transaction.get(
          `insert into leases (name, holder, token, expires_at) values (?1, ?2, 1, ?3)
           on conflict do update set holder = ?2, expires_at = ?3, token = token + (holder <> ?2)
           where holder = ?2 or expires_at <= ?4
           returning token`,
          name,
          holder,
          expiresAt,
          new Date(current).toISOString(),
        );
        return row === undefined ? null : { name, holder, token: Number(row['token']), expiresAt };
      }),
    release: ({ name, holder, token }) =>
      database.write('leases.release', (transaction) => {
        // It stays, with nobody as its holder, so that the token goes on from where it was.
        transaction.run(
          "update leases set holder = '', expires_at = ? where name = ? and holder = ? and token = ?",
          new Date(now()).toISOString(),
          name,
          holder,
          token,
        );
      }),
  };
}
