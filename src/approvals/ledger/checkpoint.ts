import { LedgerUnavailableError } from '../../domain/errors.js';
import type { CheckpointStore, LedgerStore, StoredChain } from '../../governance/store.js';
import {
  type Checkpoint,
  type CheckpointBody,
  checkpointedHead,
  type HeadBody,
  headBody,
  readCheckpoint,
} from './checkpoint-body.js';
import type { LedgerKeys } from './keys.js';
import { verifiedChains } from './read-chains.js';
import { seal } from './seal.js';
import { type Finding, recordsOf, versionNamed } from './verify-chain.js';

export interface CheckpointRound {
  /** How many heads it has signed. */
  readonly heads: number;
  /** Chains that cannot be trusted: their heads are not signed. */
  readonly findings: readonly Finding[];
}

export interface CheckpointerOptions {
  readonly store: { readonly ledger: LedgerStore; readonly checkpoints: CheckpointStore };
  readonly keys: LedgerKeys;
  readonly now: () => number;
}

/** How late a decision may come into the index: the index lags, clocks differ, and a put is repeated. */
const OVERLAP_MS = 5 * 60_000;
const PAGE = 1000;
const CHECKPOINTS_PAGE = 20;
const READS_AT_ONCE = 8;
/** A head with the longest of names takes some 3 KB. */
const CHUNK_BYTES = 96 * 1024;

/**
 * Each call is one round: the heads that have changed since the last checkpoint, in as many checkpoints as they need. Should two processes do it at
 * once, one of them finds its number taken and leaves the rest to the other.
 */
export function createCheckpointer({ store, keys, now }: CheckpointerOptions): () => Promise<CheckpointRound> {
  // Where nothing changes nothing is written, and the next round need not look at the same again.
  let lookedUntil = 0;
  let isNoted = false;

  const put = async (checkpoint: Checkpoint): Promise<boolean> => {
    isNoted = false;
    const { number, heads } = checkpoint.body;
    const isThere = await store.checkpoints.put({
      number,
      text: JSON.stringify(checkpoint),
      heads: heads.map(checkpointedHead),
    });
    isNoted = true;
    return isThere;
  };

  return async () => {
    const latest = await latestCheckpoint(store.checkpoints, keys);
    if (latest !== null && !isNoted) await put(latest);
    const startedAt = now();
    const from = Math.max(lookedUntil, Date.parse(latest?.body.lookedUntil ?? new Date(0).toISOString())) - OVERLAP_MS;
    const versions = new Set([
      ...(await openVersions(store.checkpoints, latest, keys)),
      ...(await recordedSince(store.ledger, new Date(from).toISOString())),
    ]);
    const { changed, stillOpen, findings } = await currentHeads(store.ledger, keys, [...versions]);
    let previous = latest;
    let signed = 0;
    const chunks = changed.length === 0 ? [] : chunksOf([...stillOpen, ...changed]);
    for (const [index, heads] of chunks.entries()) {
      const isLast = index === chunks.length - 1;
      const number: number = (previous?.body.number ?? 0) + 1;
      const body: CheckpointBody = {
        v: 1,
        kind: 'CHECKPOINT',
        number,
        previousHash: previous?.hash ?? null,
        recordedAt: new Date(now()).toISOString(),
        // Until its last checkpoint is there, a round counts as not done.
        lookedUntil: isLast
          ? new Date(startedAt).toISOString()
          : (latest?.body.lookedUntil ?? new Date(0).toISOString()),
        openFrom: isLast ? (latest?.body.number ?? 0) + 1 : (latest?.body.openFrom ?? 1),
        heads,
      };
      const checkpoint = seal(body, keys.signing);
      if (!(await put(checkpoint))) return { heads: signed, findings };
      previous = checkpoint;
      signed += heads.length;
    }
    lookedUntil = startedAt;
    return { heads: signed, findings };
  };
}

/** @throws LedgerUnavailableError, not retryable, where it cannot be built upon. */
async function latestCheckpoint(store: CheckpointStore, keys: LedgerKeys): Promise<Checkpoint | null> {
  const kept = await store.latest();
  return kept === null ? null : trusted(readCheckpoint(kept, 'unknown', keys.verification));
}

function trusted(checkpoint: Checkpoint | Finding): Checkpoint {
  if (!('code' in checkpoint)) return checkpoint;
  throw new LedgerUnavailableError(
    `The ledger cannot be trusted at ${checkpoint.entry}. ${checkpoint.message} Run \`registrar ledger verify\`, and restore the governance store from a backup.`,
    { retryable: false, operation: 'ledger.checkpoint' },
  );
}

/** Those whose head was an intent in the last round: its settlement enters no index, so it is looked for. */
async function openVersions(store: CheckpointStore, latest: Checkpoint | null, keys: LedgerKeys): Promise<string[]> {
  const versions: string[] = [];
  for (let after = (latest?.body.openFrom ?? 1) - 1; latest !== null && after < latest.body.number; ) {
    const kept = await store.list(after, CHECKPOINTS_PAGE);
    for (const checkpoint of kept) {
      const { body } = trusted(readCheckpoint(checkpoint, 'unknown', keys.verification));
      versions.push(...body.heads.filter(({ isOpen }) => isOpen).map((head) => head.versionId));
    }
    after = kept.at(-1)?.number ?? latest.body.number;
  }
  return versions;
}

async function recordedSince(store: LedgerStore, recordedAfter: string): Promise<Set<string>> {
  const versions = new Set<string>();
  for (let after: string | null | undefined; after !== null; ) {
    const page = await store.walk({ recordedAfter, limit: PAGE, ...(after === undefined ? {} : { after }) });
    for (const id of page.versionIds) versions.add(id);
    after = page.next;
  }
  return versions;
}

interface CurrentHeads {
  readonly changed: HeadBody[];
  /** Unchanged, and their settlement is yet to come. */
  readonly stillOpen: HeadBody[];
  readonly findings: Finding[];
}

async function currentHeads(store: LedgerStore, keys: LedgerKeys, versions: readonly string[]): Promise<CurrentHeads> {
  const current: CurrentHeads = { changed: [], stillOpen: [], findings: [] };
  const left = [...versions];
  const work = async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const version = versionNamed(id);
      if ('code' in version) {
        current.findings.push(version);
        continue;
      }
      for (const { stored, finding } of await verifiedChains(store, keys.verification, version)) {
        if (finding === null) sortHead(stored, current);
        else current.findings.push(finding);
      }
    }
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, work));
  return current;
}

function sortHead(chain: StoredChain, { changed, stillOpen }: CurrentHeads): void {
  const record = recordsOf(chain).at(-1);
  if (record === undefined) return;
  const head = headBody(chain.subject, record);
  const known = chain.checkpointed;
  if (known?.decisionHash !== head.decisionHash || known.settlementHash !== head.settlementHash) changed.push(head);
  else if (head.isOpen) stillOpen.push(head);
}

function chunksOf(heads: readonly HeadBody[]): HeadBody[][] {
  const chunks: HeadBody[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const head of heads) {
    bytes += JSON.stringify(head).length;
    if (bytes > CHUNK_BYTES) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)?.push(head);
  }
  return chunks;
}
