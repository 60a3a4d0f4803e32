import { randomUUID } from 'node:crypto';
import { approvalState } from '../domain/ledger.js';
import type { GovernanceStore, OpenIntent } from '../governance/store.js';
import { rollForward } from './roll-forward.js';
import { type DecisionWriter, dueAt } from './write-decision.js';

export interface SweeperOptions {
  /** Between two rounds. */
  readonly everyMs: number;
  /** Told of what could not be settled, and of the governance store being away. */
  readonly report: (error: unknown) => void;
}

const LEASE = 'sweeper';
const BATCH = 50;

/**
 * Ends the intents that their processes have left behind, in one process at a time: whoever has the lease. Should the lease run out during a round,
 * two do the same work, which costs calls and nothing else.
 */
export function startSweeper(
  writer: DecisionWriter,
  store: Pick<GovernanceStore, 'openIntents' | 'leases'>,
  { everyMs, report }: SweeperOptions,
): AsyncDisposable {
  const holder = randomUUID();
  let round: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const sweep = async () => {
    const lease = await store.leases.acquire(LEASE, holder, 3 * everyMs + writer.writeMs);
    if (lease === null) return;
    for (const intent of await store.openIntents.due(new Date(writer.now()).toISOString(), BATCH)) {
      if (isStopped) return;
      const isSettled = await settleLeftBehind(writer, intent).catch(report);
      // What cannot be settled now goes to the end of the list, so that one dead registry does not hold up the others.
      if (isSettled !== true) await store.openIntents.note({ ...intent, dueAt: later(writer, everyMs) });
      await store.openIntents.remove(intent);
    }
  };

  const schedule = () => {
    if (isStopped) return;
    timer = setTimeout(() => {
      round = sweep().catch(report).finally(schedule);
    }, everyMs);
    timer.unref();
  };

  schedule();
  return {
    async [Symbol.asyncDispose]() {
      isStopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}

async function settleLeftBehind(writer: DecisionWriter, { subject, sequence }: OpenIntent): Promise<boolean> {
  const { records } = (await writer.ledger.read(subject.version)).of(subject.incarnation);
  const record = records.find(({ decision }) => decision.body.sequence === sequence);
  if (record === undefined) return true;
  const dueMs = dueAt(writer, record);
  if (approvalState(record) === 'INTENDED' && writer.now() < dueMs) {
    // The note is of somebody who came second, earlier than whoever came first can be given up.
    await writer.openIntents.note({ subject, sequence, dueAt: new Date(dueMs).toISOString() });
    return true;
  }
  return rollForward(writer, record.decision);
}

function later(writer: DecisionWriter, everyMs: number): string {
  return new Date(writer.now() + 5 * everyMs).toISOString();
}
