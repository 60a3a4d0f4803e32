import { approvalState } from '../domain/ledger.js';
import type { GovernanceStore, OpenIntent } from '../governance/store.js';
import { startRounds } from './ledger/start-rounds.js';
import { rollForward } from './roll-forward.js';
import { type DecisionWriter, dueAt } from './write-decision.js';

export interface SweeperOptions {
  /** Between two rounds. */
  readonly everyMs: number;
  /** Told of what could not be settled, and of the governance store being away. */
  readonly report: (error: unknown) => void;
}

const BATCH = 50;

/**
 * Ends the intents that their processes have left behind, in one process at a time: whoever has the lease. Should the lease run out during a round,
 * two do the same work, which costs calls and nothing else.
 */
export function startSweeper(
  writer: DecisionWriter,
  { openIntents, leases }: Pick<GovernanceStore, 'openIntents' | 'leases'>,
  { everyMs, report }: SweeperOptions,
): AsyncDisposable {
  return startRounds({
    leases,
    name: 'sweeper',
    leaseMs: 3 * everyMs + writer.writeMs,
    everyMs,
    endsWithRound: false,
    report,
    async work(isStopping) {
      const due = await openIntents.due(new Date(writer.now()).toISOString(), BATCH);
      const settleEach = async (intents: readonly OpenIntent[]) => {
        for (const intent of intents) {
          if (isStopping()) return;
          const isSettled = await settleLeftBehind(writer, intent).catch(report);
          // What cannot be settled now goes to the end of the list, which a dead registry may have filled.
          if (isSettled !== true) await openIntents.note({ ...intent, dueAt: later(writer, everyMs) });
          await openIntents.remove(intent);
        }
      };
      // One after the other within a registry, which may be slow for being busy.
      const byRegistry = Map.groupBy(due, ({ subject }) => subject.version.registryId);
      await Promise.all([...byRegistry.values()].map((intents) => settleEach(intents).catch(report)));
    },
  });
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
