import { approvalIdOf, type DecisionEntry } from '../domain/ledger.js';
import type { DecisionService } from './decide.js';
import type { FactReads } from './gather-facts.js';
import { type Reverting, revert } from './revert.js';

/** How long an outage may keep a violation from being told. It is not set back after that. */
const GIVE_UP_MS = 5 * 60_000;
const KNOWN_MAX = 1000;

export interface Violations {
  /** Sets it back where the policy says so. @returns Whether it was; null while that is not known. */
  settle(violation: DecisionEntry): Promise<boolean | null>;
}

/** What this process has found out about a violation, or is finding out, is not asked for again. */
export function createViolations(service: DecisionService, reads: FactReads): Violations {
  const known = new Map<string, Promise<boolean | null>>();

  const find = async (violation: DecisionEntry): Promise<boolean | null> => {
    const outcome = await revert(service, reads, violation).catch((error: unknown): Reverting => {
      service.report(error);
      return 'OPEN';
    });
    if (outcome !== 'OPEN') return outcome === 'REVERTED';
    return service.now() > Date.parse(violation.body.recordedAt) + GIVE_UP_MS ? false : null;
  };

  return {
    async settle(violation) {
      const id = approvalIdOf(violation);
      const finding = known.get(id) ?? find(violation);
      if (known.size >= KNOWN_MAX) known.clear();
      known.set(id, finding);
      const wasReverted = await finding;
      if (wasReverted === null) known.delete(id);
      return wasReverted;
    },
  };
}
