import type { Lease, LeaseStore } from '../../domain/lease.js';
import { leaseKey } from './keys.js';
import type { Item, Table } from './table.js';

/** Who has it that nobody has. */
const NOBODY = '-';

export function createLeaseStore(table: Table, now: () => number): LeaseStore {
  return {
    acquire: (name, holder, ttlMs) =>
      table.run('leases.acquire', async (requests) => {
        const current = now();
        const expiresAt = new Date(current + ttlMs).toISOString();
        const Key = leaseKey(name);
        const values = { ':holder': holder, ':expiresAt': expiresAt };
        const renewed = await requests.update({
          Key,
          UpdateExpression: 'SET expiresAt = :expiresAt',
          ConditionExpression: 'holder = :holder',
          ExpressionAttributeValues: values,
        });
        const item =
          renewed ??
          (await requests.update({
            Key,
            UpdateExpression: 'SET expiresAt = :expiresAt, holder = :holder ADD #token :one',
            ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
            // `token` is a reserved word.
            ExpressionAttributeNames: { '#token': 'token' },
            ExpressionAttributeValues: { ...values, ':now': new Date(current).toISOString(), ':one': 1 },
          }));
        return item === undefined ? null : toLease(name, holder, expiresAt, item);
      }),
    release: ({ name, holder, token }) =>
      table.run('leases.release', async (requests) => {
        // It stays, with nobody as its holder, so that the token goes on from where it was.
        await requests.update({
          Key: leaseKey(name),
          UpdateExpression: 'SET expiresAt = :now, holder = :nobody',
          ConditionExpression: 'holder = :holder AND #token = :token',
          ExpressionAttributeNames: { '#token': 'token' },
          ExpressionAttributeValues: {
            ':now': new Date(now()).toISOString(),
            ':nobody': NOBODY,
            ':holder': holder,
            ':token': token,
          },
        });
      }),
  };
}

function toLease(name: string, holder: string, expiresAt: string, item: Item): Lease {
  return { name, holder, token: Number(item['token']), expiresAt };
}
