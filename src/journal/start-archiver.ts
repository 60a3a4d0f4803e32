import { randomUUID } from 'node:crypto';
import type { ChangeArchive } from '../domain/change-archive.js';
import { archiveOnce, readProgress } from './archive-once.js';
import { BEGINNING, EpochChangedError, FencedError, type Journal, type Position } from './journal.js';

export interface ArchiverOptions {
  readonly journal: Pick<Journal, 'read' | 'head' | 'leases' | 'notes'>;
  readonly archive: ChangeArchive;
  /** Between two looks at the journal. Default: 1,000. */
  readonly everyMs?: number;
  /** How long a dead replica's work waits for another. Default: 30,000. */
  readonly leaseMs?: number;
  /** Entries that are read at a time. Default: 200. */
  readonly batch?: number;
  /** Between two sweeps of what is too old. Default: an hour. */
  readonly sweepMs?: number;
  /** Told of what failed; it is tried again. */
  readonly report: (problem: unknown) => void;
}

export interface Archiver extends AsyncDisposable {
  /**
   * Every change up to here is in the archive, whoever has put it there: what comes after must not be trimmed. For how long is for the one who
   * trims to say; what was trimmed all the same is a gap in the archive.
   */
  archivedThrough(): Promise<Position>;
}

const NAME = 'archive';

/**
 * Copies the changes of the journal into the archive, in order, in one process at a time, and once more when it is disposed of. An outage of
 * either side ends the round; the next one goes on from the last place that was kept.
 */
export function startArchiver({
  journal,
  archive,
  everyMs = 1000,
  leaseMs = 30_000,
  batch = 200,
  sweepMs = 3_600_000,
  report,
}: ArchiverOptions): Archiver {
  const holder = randomUUID();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let sweepAt = performance.now() + sweepMs;

  /** Renewed with each batch, however long there is something left. */
  const lease = () => journal.leases.acquire(NAME, holder, leaseMs);

  const round = async (): Promise<void> => {
    for (let held = await lease(); held !== null; held = await lease()) {
      if (await archiveOnce({ journal, archive, batch }, held)) continue;
      if (isStopped) await journal.leases.release(held);
      else if (performance.now() >= sweepAt) {
        sweepAt = performance.now() + sweepMs;
        await archive.sweep();
      }
      return;
    }
  };

  let running: Promise<void> = Promise.resolve();
  const run = () => {
    running = running.then(round).catch((problem: unknown) => {
      // Another has the lease by now, or the journal has begun anew: neither is a fault, and the next round sees to it.
      if (!(problem instanceof FencedError || problem instanceof EpochChangedError)) report(problem);
    });
    return running;
  };
  const schedule = () => {
    if (isStopped) return;
    timer = setTimeout(() => run().finally(schedule), everyMs);
    timer.unref();
  };

  schedule();
  return {
    archivedThrough: async () => {
      const { epoch } = await journal.head();
      const known = await readProgress(journal);
      return known?.epoch === epoch ? known.position : BEGINNING;
    },
    async [Symbol.asyncDispose]() {
      isStopped = true;
      clearTimeout(timer);
      await run();
    },
  };
}
