import { randomUUID } from 'node:crypto';
import type { Lease, LeaseStore } from '../../domain/lease.js';

export interface RoundsOptions {
  readonly leases: LeaseStore;
  /** Of the lease that lets one process work at a time. */
  readonly name: string;
  /** Should a round outlast it, two processes do the same work. */
  readonly leaseMs: number;
  /** Between two rounds. */
  readonly everyMs: number;
  /** Whether there is one more round when it is disposed of. */
  readonly endsWithRound: boolean;
  /** Told of what a round has thrown. */
  readonly report: (error: unknown) => void;
  /** @param isStopping Whether it is being disposed of, which waits for the round. */
  readonly work: (isStopping: () => boolean, lease: Lease) => Promise<void>;
}

/** Works in the background, in one process at a time: whoever has the lease. What a round throws ends that round alone. */
export function startRounds(options: RoundsOptions): AsyncDisposable {
  const { leases, name, leaseMs, everyMs, endsWithRound, report, work } = options;
  const holder = randomUUID();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const workAlone = async () => {
    const lease = await leases.acquire(name, holder, leaseMs);
    if (lease === null) return;
    await work(() => isStopped, lease);
    // Another process need not wait for it to run out.
    if (isStopped) await leases.release(lease);
  };

  let round: Promise<void> = Promise.resolve();
  const runRound = () => {
    round = round.then(workAlone).catch(report);
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
      await (endsWithRound ? runRound() : round);
    },
  };
}
