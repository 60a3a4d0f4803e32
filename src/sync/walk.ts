import { isModelRecord, isVersionRecord, type StateRecord } from '../domain/changes.js';
import type { Lease } from '../domain/lease.js';
import type { Timestamp } from '../domain/model.js';
import type { CallOptions, RegistryAdapter, WalkPage, WalkQuery } from '../domain/registry.js';
import { comparePositions, type Position, type StoredEntity } from '../journal/journal.js';
import type { Mirror } from './mirror.js';
import type { Observation, Observer } from './observer.js';
import { entityOf } from './state-record.js';

export interface WalkContext {
  readonly adapter: RegistryAdapter;
  readonly mirror: Mirror;
  readonly observer: Observer;
  /** As far as this replica has taken in the journal. */
  readonly position: () => Position;
  readonly call: () => CallOptions;
  readonly lease?: Lease;
}

export interface Walked {
  /** Greatest modification time among what was met; null where nothing says. */
  readonly highestModified: Timestamp | null;
}

/**
 * Reads everything of a kind, or what was modified since, and brings the journal up to it. Deletes what was not met only when everything was read to its
 * end, and each single strong read says so as well.
 */
export async function walkKind(
  context: WalkContext,
  kind: 'models' | 'versions',
  modifiedSince: Timestamp | null,
): Promise<Walked> {
  const { adapter, mirror, observer, position, call, lease } = context;
  const begunAt = position();
  const met = new Set<string>();
  let highestModified: Timestamp | null = null;
  let after: string | null = null;
  do {
    const query: WalkQuery = {
      ...(modifiedSince === null ? {} : { modifiedSince }),
      ...(after === null ? {} : { after }),
    };
    const readFrom = position();
    const page: WalkPage<StateRecord & { readonly ref: unknown }> =
      kind === 'models' ? await adapter.walkModels(query, call()) : await adapter.walkVersions(query, call());
    const observations: Observation[] = [];
    for (const record of page.items) {
      if (!isVersionRecord(record) && !isModelRecord(record)) continue;
      const entity = entityOf(record);
      met.add(entity);
      if (record.updatedAt !== null && record.updatedAt > (highestModified ?? '')) highestModified = record.updatedAt;
      const before = mirror.get(adapter.id, entity);
      // Somebody has written it while the page was read, from a look that may be newer: the next poll sees it again.
      if (before !== undefined && comparePositions(before.position, readFrom) > 0) continue;
      observations.push({ registryId: adapter.id, entity, before, record, isStrong: false, evidence: 'POLL' });
    }
    await observer.observe(observations, lease);
    after = page.next;
  } while (after !== null);
  if (modifiedSince === null) await observer.observe(missing(context, kind, met, begunAt), lease);
  return { highestModified };
}

function missing(
  { adapter, mirror }: WalkContext,
  kind: 'models' | 'versions',
  met: ReadonlySet<string>,
  begunAt: Position,
): Observation[] {
  const isOfKind = kind === 'models' ? isModelRecord : isVersionRecord;
  const gone = ({ entity, record, position }: StoredEntity) =>
    record !== null && isOfKind(record) && !met.has(entity) && comparePositions(position, begunAt) <= 0;
  return [...mirror.entities(adapter.id)].filter(gone).map((before) => ({
    registryId: adapter.id,
    entity: before.entity,
    before,
    record: null,
    // The observer looks at each once more, strongly.
    isStrong: false,
    evidence: 'POLL',
  }));
}
