import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictError } from '../domain/errors.js';
import { attemptMs, type MutationScope } from './scope.js';

interface LeaseScope extends Pick<MutationScope, 'leases'> {
  readonly decisions: Pick<MutationScope['decisions'], 'writeMs' | 'report'>;
}

const ATTEMPTS = 20;
const PAUSE_MS = 100;

/**
 * Runs one after the other what looks before it writes, in all gateways with one governance store: the upstreams know no precondition.
 * @throws ConflictError, retryable, when others keep it for too long; LedgerUnavailableError.
 */
export async function withLease<R>({ leases, decisions }: LeaseScope, name: string, run: () => Promise<R>): Promise<R> {
  const holder = randomUUID();
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const lease = await leases.acquire(name, holder, attemptMs(decisions));
    if (lease !== null) {
      try {
        return await run();
      } finally {
        // Should it fail, the lease runs out by itself.
        await leases.release(lease).catch(decisions.report);
      }
    }
    await sleep(PAUSE_MS * Math.random() * 2);
  }
  throw new ConflictError('Others are changing this right now. Send the request again in a moment.', {
    retryable: true,
  });
}
