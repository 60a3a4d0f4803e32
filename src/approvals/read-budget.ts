import { CostExceededError } from '../domain/errors.js';
import type { Ledger } from './ledger/ledger.js';

export type LedgerReads = Pick<Ledger, 'read' | 'list'>;

/** Five full pages of versions with their approvals. */
const READS_MAX = 1000;

/**
 * What one operation may read of the ledger. A list of versions costs one call to a registry, and what was decided about each of them one read here:
 * lists within lists would ask for tens of thousands.
 *
 * The methods throw `CostExceededError` beyond `max` chains and indexes.
 */
export function withReadBudget(ledger: LedgerReads, max: number = READS_MAX): LedgerReads {
  let left = max;
  const spend = (reads: number) => {
    left -= reads;
    if (left >= 0) return;
    throw new CostExceededError(
      `This operation asks for more than ${max} things of the ledger. Ask for fewer items, or for fewer nested lists.`,
    );
  };
  return {
    async read(version) {
      spend(1);
      return ledger.read(version);
    },
    async list(query) {
      spend(query.indexes.length);
      return ledger.list(query);
    },
  };
}
