import { LedgerUnavailableError } from '../../domain/errors.js';
import type { Subject } from '../../domain/ledger.js';
import type { VersionRef } from '../../domain/refs.js';
import type { LedgerStore, StoredChain } from '../../governance/store.js';
import type { VerificationKeys } from './keys.js';
import type { Chain, VersionChains } from './ledger.js';
import { type Finding, recordsOf, verifyChain } from './verify-chain.js';

/** What is put while a chain is read may be there in part, which looks like a fault once, and again only if yet more is put. */
const ATTEMPTS = 4;

export interface VerifiedChain {
  readonly stored: StoredChain;
  readonly finding: Finding | null;
}

/** All chains of a version, each with what is wrong with it. */
export async function verifiedChains(
  store: Pick<LedgerStore, 'chains'>,
  keys: VerificationKeys,
  version: VersionRef,
): Promise<readonly VerifiedChain[]> {
  for (let attempt = 1; ; attempt += 1) {
    const chains = await store.chains(version);
    const verified = chains.map((stored) => ({ stored, finding: verifyChain(stored, stored.checkpointed, keys) }));
    if (attempt === ATTEMPTS || verified.every(({ finding }) => finding === null)) return verified;
  }
}

export async function readVerified(
  store: Pick<LedgerStore, 'chains'>,
  keys: VerificationKeys,
  version: VersionRef,
): Promise<VersionChains> {
  const chains = await verifiedChains(store, keys, version);
  return {
    of(incarnation): Chain {
      const found = chains.find(({ stored }) => stored.subject.incarnation === incarnation);
      if (found === undefined) return { subject: { version, incarnation }, records: [], head: null };
      const { stored, finding } = found;
      if (finding !== null) throw refuse(finding, stored.subject);
      const records = recordsOf(stored);
      return { subject: stored.subject, records, head: records.at(-1) ?? null };
    },
  };
}

/** For what must not be built upon. */
export function refuse({ entry, message }: Finding, { version }: Subject): LedgerUnavailableError {
  return new LedgerUnavailableError(
    `The ledger cannot be trusted at ${entry}. ${message} Run \`registrar ledger verify\`, and restore the governance store from a backup.`,
    { retryable: false, registryId: version.registryId, operation: 'ledger.read' },
  );
}
