import type { ModelVersionRecord } from '../domain/model.js';
import { judgeRegistration, type RegistrationOutcome } from './at-registration.js';
import type { DecisionService } from './decide.js';
import type { FactReads } from './gather-facts.js';

/**
 * Lets the policies judge a version that has appeared in its registry without passing through here.
 *
 * Harmless when repeated, for a version about which anything was decided is left alone. Where `problem` of the outcome is retryable, ask again:
 * once the version has changed, for it is not READY yet, or later, for the registry or the ledger is away.
 *
 * @returns Null where no policy could carry anything out: it is not PENDING, or its registry takes no decisions.
 */
export type JudgeFound = (version: ModelVersionRecord) => Promise<RegistrationOutcome | null>;

/** @param reads The gateway's own: nobody asks. */
export function createFoundJudge(service: DecisionService, reads: FactReads): JudgeFound {
  return async (version) => {
    const isDecidable = service.registries.get(version.ref.registryId)?.capabilities.DECIDE === true;
    if (!isDecidable || version.approvalStatus !== 'PENDING') return null;
    return judgeRegistration(service, reads, version);
  };
}
