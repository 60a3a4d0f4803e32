import { approvalIdOf } from '../../domain/ledger.js';
import { parseVersionId, type VersionRef, versionId } from '../../domain/refs.js';
import type { KeptCheckpoint, StoredChain } from '../../governance/store.js';
import { type Checkpoint, type HeadBody, readCheckpoint } from './checkpoint-body.js';
import type { VerificationKeys } from './keys.js';
import { type CheckpointedChain, type Finding, verifyChain } from './verify-chain.js';

/** A ledger as it is walked: a store, or an export. */
export interface LedgerSource {
  /** By number, ascending. Walked before the versions: so they know of nothing that is not there yet when the chains are read. */
  checkpoints(): AsyncIterable<KeptCheckpoint>;
  /** Every version once, with all of its chains; or what is wrong with the source itself. */
  versions(): AsyncIterable<SourceVersion | Finding>;
  /** What only a store has; null for an export. */
  readonly live: LiveLedger | null;
}

export interface SourceVersion {
  readonly version: VersionRef;
  readonly chains: readonly StoredChain[];
}

export interface LiveLedger {
  /** A version as it is now. */
  again(version: VersionRef): Promise<readonly StoredChain[]>;
  /** The number of the last checkpoint as it is now. */
  lastCheckpoint(): Promise<number>;
}

export interface LedgerReport {
  readonly chains: number;
  readonly decisions: number;
  readonly settlements: number;
  readonly checkpoints: number;
  /** The first of each chain; empty where the ledger is whole. */
  readonly findings: readonly Finding[];
}

type SignedHead = HeadBody & CheckpointedChain;

/** What is put while a chain is read may be there in part. */
const LOOKS = 4;

/** Walks every checkpoint and every chain. @throws LedgerUnavailableError where the source cannot be read. */
export async function verifyLedger(source: LedgerSource, keys: VerificationKeys): Promise<LedgerReport> {
  const { heads, findings, count } = await walkCheckpoints(source, keys);
  const totals = { chains: 0, decisions: 0, settlements: 0, checkpoints: count };
  const unseen = new Map(heads);
  let lastNoted: StoredChain['checkpointed'] = null;

  const look = async (found: SourceVersion): Promise<void> => {
    const { chains, wrong } = await judge(found, source.live, heads, keys);
    findings.push(...wrong, ...(wrong.length > 0 ? [] : misfiled(chains)));
    for (const { subject, decisions, settlements, checkpointed } of chains) {
      unseen.delete(chainKey(versionId(subject.version), subject.incarnation));
      totals.chains += decisions.length > 0 ? 1 : 0;
      totals.decisions += decisions.length;
      totals.settlements += settlements.length;
      if (checkpointed !== null && checkpointed.checkpoint > (lastNoted?.checkpoint ?? 0)) lastNoted = checkpointed;
    }
  };

  for await (const found of source.versions()) {
    if ('code' in found) findings.push(found);
    else await look(found);
  }
  for (const { versionId: id, incarnation } of [...unseen.values()]) {
    const subject = { version: parseVersionId(id), incarnation };
    const there = ((await source.live?.again(subject.version)) ?? []).filter(
      (it) => it.subject.incarnation === incarnation,
    );
    const gone: StoredChain = { subject, decisions: [], settlements: [], checkpointed: null };
    await look({ version: subject.version, chains: there.length > 0 ? there : [gone] });
  }
  return { ...totals, findings: [...findings, ...(await missingLast(lastNoted, source.live))] };
}

async function walkCheckpoints(source: LedgerSource, keys: VerificationKeys) {
  const heads = new Map<string, SignedHead>();
  const findings: Finding[] = [];
  let previous: Checkpoint | null | 'unknown' = null;
  let count = 0;
  let expected = 1;
  for await (const kept of source.checkpoints()) {
    count += 1;
    for (; expected < kept.number; expected += 1) {
      findings.push({ code: 'MISSING', entry: `checkpoint:${expected}`, message: 'It is missing.' });
      previous = 'unknown';
    }
    expected = kept.number + 1;
    const checkpoint: Checkpoint | Finding = readCheckpoint(kept, previous, keys);
    if ('code' in checkpoint) {
      findings.push(checkpoint);
      // What the next one should be linked to cannot be told.
      previous = 'unknown';
      continue;
    }
    previous = checkpoint;
    for (const head of checkpoint.body.heads) {
      heads.set(chainKey(head.versionId, head.incarnation), { ...head, checkpoint: kept.number });
    }
  }
  return { heads, findings, count };
}

async function judge(
  found: SourceVersion,
  live: LiveLedger | null,
  heads: ReadonlyMap<string, SignedHead>,
  keys: VerificationKeys,
) {
  const wrongIn = (chains: readonly StoredChain[]) =>
    chains.flatMap((chain) => {
      const { version, incarnation } = chain.subject;
      const signed = heads.get(chainKey(versionId(version), incarnation)) ?? null;
      return verifyChain(chain, signed, keys) ?? [];
    });
  let { chains } = found;
  let wrong = wrongIn(chains);
  for (let looks = 1; looks < LOOKS && wrong.length > 0 && live !== null; looks += 1) {
    const incarnations = chains.map(({ subject }) => subject.incarnation);
    const again = await live.again(found.version);
    // A chain that is gone stays one to be judged.
    chains = chains.map((chain) => again.find((it) => it.subject.incarnation === chain.subject.incarnation) ?? chain);
    chains = [...chains, ...again.filter(({ subject }) => !incarnations.includes(subject.incarnation))];
    wrong = wrongIn(chains);
  }
  return { chains, wrong };
}

/** Where the indexes stand is no part of what is signed, and lists are read by them. */
function misfiled(chains: readonly StoredChain[]): Finding[] {
  const found = chains.flatMap(({ decisions }) => decisions).find((placed) => placed.isMisfiled);
  if (!found?.entry) return [];
  const message =
    'An index has it under something else than what it says, so that lists leave it out or show it elsewhere.';
  return [{ code: 'NOT_INDEXED', entry: approvalIdOf(found.entry), message }];
}

/** What is noted with a chain is not signed; but it tells of a checkpoint that was cut off at the end, which nothing else names. */
async function missingLast(noted: StoredChain['checkpointed'], live: LiveLedger | null): Promise<Finding[]> {
  if (noted === null || live === null || noted.checkpoint <= (await live.lastCheckpoint())) return [];
  const message = `It is missing: the chain of ${versionId(noted.subject.version)} was noted by it.`;
  return [{ code: 'MISSING', entry: `checkpoint:${noted.checkpoint}`, message }];
}

function chainKey(id: string, incarnation: string): string {
  return `${id}/${incarnation}`;
}
