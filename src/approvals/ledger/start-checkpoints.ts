import type { LeaseStore } from '../../domain/lease.js';
import type { Ledger } from './ledger.js';
import { startRounds } from './start-rounds.js';
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

/** Signs checkpoints in the background, in one process at a time, and once more when it is disposed of. */
export function startCheckpoints({ ledger, leases, everyMs, report }: CheckpointsOptions): AsyncDisposable {
  const reported = new Set<string>();
  return startRounds({
    leases,
    name: 'checkpoints',
    // Should two do the same, one of them finds its number taken.
    leaseMs: 3 * everyMs,
    everyMs,
    endsWithRound: true,
    report,
    async work() {
      const { findings } = await ledger.checkpoint();
      for (const finding of findings) {
        if (reported.has(finding.entry)) continue;
        reported.add(finding.entry);
        report(new UntrustedChainError(finding));
      }
    },
  });
}
