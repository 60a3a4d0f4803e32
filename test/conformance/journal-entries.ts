import type { Change, ChangeEvidence } from '../../src/domain/changes.js';
import type { ApprovalStatus, ModelVersionRecord } from '../../src/domain/model.js';
import { modelOf, versionId } from '../../src/domain/refs.js';
import { changeId } from '../../src/journal/change-id.js';
import type { AppendOutcome, EntityWrite, Journal, JournalEntry } from '../../src/journal/journal.js';

export const REGISTRY = 'lab';
const NOON = '2026-11-20T12:00:00.000Z';

export function versionRecord(name: string, over: Partial<ModelVersionRecord> = {}): ModelVersionRecord {
  return {
    ref: { registryId: REGISTRY, name, version: '1' },
    number: 1,
    incarnation: '1000',
    nativeId: `native:${name}/1`,
    description: null,
    registrationStatus: 'READY',
    registrationMessage: null,
    approvalStatus: 'PENDING',
    approvalStatusExplicit: true,
    approvalStatusSince: null,
    approvalComment: null,
    decision: null,
    stage: null,
    tags: [],
    metadata: [],
    createdAt: NOON,
    createdBy: null,
    updatedAt: NOON,
    artifacts: [],
    lineage: null,
    inference: null,
    consoleUrl: null,
    ...over,
  };
}

export function idOf(name: string): string {
  return versionId(versionRecord(name).ref);
}

export function statusChange(
  name: string,
  rev: number,
  status: ApprovalStatus = 'APPROVED',
  evidence: readonly ChangeEvidence[] = ['POLL'],
): Change {
  const { ref, incarnation } = versionRecord(name);
  return {
    type: 'VERSION_STATUS',
    id: changeId({ type: 'VERSION_STATUS', entity: versionId(ref), incarnation, rev, state: status }),
    registryId: REGISTRY,
    model: modelOf(ref),
    version: ref.version,
    incarnation,
    occurredAt: null,
    observedAt: NOON,
    evidence,
    actor: null,
    previousStatus: 'PENDING',
    status,
    outOfBand: null,
    approvalId: null,
  };
}

/** Another one of the same write. */
export function stageChange(name: string, rev: number, stage: string): Change {
  const { ref, incarnation } = versionRecord(name);
  return {
    type: 'STAGE',
    id: changeId({ type: 'STAGE', entity: versionId(ref), incarnation, rev, state: stage }),
    registryId: REGISTRY,
    model: modelOf(ref),
    version: ref.version,
    incarnation,
    occurredAt: NOON,
    observedAt: NOON,
    evidence: ['PUSH'],
    actor: { name: 'ana', kind: 'USER', nativeId: null },
    previousStage: null,
    stage: { name: stage, status: null, description: 'line\nfeed "quote" \u0000 \u2028 😀' },
  };
}

export function write(name: string, expectedRev: number, over: Partial<EntityWrite> = {}): EntityWrite {
  return {
    registryId: REGISTRY,
    entity: idOf(name),
    expectedRev,
    record: versionRecord(name),
    changes: [statusChange(name, expectedRev + 1)],
    ...over,
  };
}

/** Appends what must not be stale. */
export async function append(journal: Journal, ...writes: EntityWrite[]): Promise<{ rev: number; position: string }[]> {
  const { epoch } = await journal.head();
  return (await journal.append(writes, { epoch })).map(written);
}

export function written(outcome: AppendOutcome): { rev: number; position: string } {
  if (outcome.kind === 'STALE') throw new Error(`Stale: ${JSON.stringify(outcome.current)}`);
  return { rev: outcome.rev, position: outcome.position };
}

/** All entries after a position, in pages of one size. */
export async function readAll(journal: Journal, after = '0-0', limit = 100): Promise<JournalEntry[]> {
  const { epoch } = await journal.head();
  const found: JournalEntry[] = [];
  for (let from = after; ; ) {
    const page = await journal.read({ epoch, after: from, limit });
    if (page.gap !== null) throw new Error(`Gap: ${JSON.stringify(page.gap)}`);
    found.push(...page.entries);
    const last = page.entries.at(-1);
    if (!page.hasMore || last === undefined) return found;
    from = last.position;
  }
}

export function changeIdsOf(entries: readonly JournalEntry[]): (string | undefined)[] {
  return entries.map(({ change }) => change?.id);
}
