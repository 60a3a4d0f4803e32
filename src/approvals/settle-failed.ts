import type { RegistryError } from '../domain/errors.js';
import type { DecisionEntry, SettlementEntry } from '../domain/ledger.js';
import type { ModelVersionRecord } from '../domain/model.js';
import { enterFound, expectedStatus } from './found-status.js';
import { pendingIntent } from './history.js';
import { storedProblem } from './problem.js';
import type { DecisionWriter } from './write-decision.js';

/**
 * Settles an intent that the registry will never have. What is there instead enters the ledger at once, so that a write of the intent that comes
 * late is known to be one.
 *
 * @param version What the registry says; null where that is not known.
 * @returns The settlement that is there now, which may be another's, and say otherwise.
 */
export async function settleFailed(
  writer: DecisionWriter,
  decision: DecisionEntry,
  error: RegistryError,
  version: ModelVersionRecord | null,
): Promise<SettlementEntry> {
  const settlement = await writer.ledger.settle(decision, 'FAILED', storedProblem(error));
  if (version !== null && settlement.body.outcome === 'FAILED') {
    await enterWhatIsThere(writer, decision, version).catch(writer.report);
  }
  return settlement;
}

async function enterWhatIsThere(
  writer: DecisionWriter,
  decision: DecisionEntry,
  version: ModelVersionRecord,
): Promise<void> {
  const chain = (await writer.ledger.read(version.ref)).of(version.incarnation);
  const isHead = chain.head?.decision.hash === decision.hash && pendingIntent(chain.records) === null;
  if (isHead && version.approvalStatus !== expectedStatus(chain, null)) await enterFound(writer, chain, version);
}
