import type { GovernanceStore, KeptCheckpoint } from '../../governance/store.js';
import { type Finding, versionNamed } from './verify-chain.js';
import type { LedgerSource, SourceVersion } from './verify-ledger.js';

const PAGE = 1000;
const CHECKPOINTS_PAGE = 20;
const READS_AT_ONCE = 8;

/** A governance store as a ledger to verify or to export, also while it is written to. */
export function storeSource(store: Pick<GovernanceStore, 'ledger' | 'checkpoints'>): LedgerSource {
  return {
    checkpoints: () => checkpoints(store),
    versions: () => versions(store),
    live: {
      again: (version) => store.ledger.chains(version),
      lastCheckpoint: async () => (await store.checkpoints.latest())?.number ?? 0,
    },
  };
}

async function* checkpoints(store: Pick<GovernanceStore, 'checkpoints'>): AsyncGenerator<KeptCheckpoint> {
  for (let after = 0; ; ) {
    const page = await store.checkpoints.list(after, CHECKPOINTS_PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.number;
  }
}

async function* versions({ ledger }: Pick<GovernanceStore, 'ledger'>): AsyncGenerator<SourceVersion | Finding> {
  const found = new Set<string>();
  for (let after: string | null | undefined; after !== null; ) {
    const page = await ledger.walk({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    for (const id of page.versionIds) found.add(id);
    after = page.next;
  }
  const ids = [...found];
  for (let start = 0; start < ids.length; start += READS_AT_ONCE) {
    const batch = ids.slice(start, start + READS_AT_ONCE).map(async (id) => {
      const version = versionNamed(id);
      if ('code' in version) return version;
      return { version, chains: await ledger.chains(version) };
    });
    yield* await Promise.all(batch);
  }
}
