import { randomUUID } from 'node:crypto';
import type { LeaseStore } from '../../governance/store.js';
import type { Ledger } from './ledger.js';
import type { Finding } from './verify-chain.js';

export interface CheckpointsOptions {
  readonly ledger: Pick<Ledger, 'checkpoint'>;
  readonly leases: LeaseStore;
  readonly everyMs: number;
  /** Told of what failed, and of chains that cannot be trusted. */
  readonly report: (problem: unknown) => void;
}

/** Told to `report` once per entry. */
export class UntrustedChainError extends Error {
  constructor(readonly finding: Finding) {
    super(`The ledger cannot be trusted at ${finding.entry}. ${finding.message}`);
    this.name = 'UntrustedChainError';
  }
}

const LEASE = 'checkpoints';

/** Signs checkpoints in the background, in one process at a time, and once more when it is disposed of. */
export function startCheckpoints({ ledger, leases, everyMs, report }: CheckpointsOptions): AsyncDisposable {
  const holder = randomUUID();
  const reported = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const work = async () => {
    // Should a round outlast it, two do the same, and one of them finds its number taken.
    const lease = await leases.acquire(LEASE, holder, 3 * everyMs);
    if (lease === null) return;
    const { findings } = await ledger.checkpoint();
    for (const finding of findings) {
      if (reported.has(finding.entry)) continue;
      reported.add(finding.entry);
      report(new UntrustedChainError(finding));
    }
    if (isStopped) await leases.release(lease);
  };

  let round: Promise<void> = Promise.resolve();
  const runRound = () => {
    round = round.then(work).catch(report);
    return round;
  };
  const schedule = () => {
    if (isStopped) return;
    timer = setTimeout(() => runRound().finally(schedule), everyMs);
    timer.unref();
  };

  schedule();
  return {
    async [Symbol.asyncDispose]() {
      isStopped = true;
      clearTimeout(timer);
      await runRound();
    },
  };
}
