import { createHash, randomUUID } from 'node:crypto';
import type { _Record as Entry } from '@aws-sdk/client-dynamodb-streams';
import type { ChangeHint } from '../../src/domain/change-source.js';
import type { Timestamp } from '../../src/domain/model.js';
import type { ModelRef, VersionRef } from '../../src/domain/refs.js';
import { parseItemKey } from './keys.js';

/** Which registries of the config are in a table, by their namespace. */
export type Namespaces = ReadonlyMap<string, readonly string[]>;

/** Where records come from. */
export interface RecordOrigin {
  readonly stream: string;
  readonly shard: string;
}

/**
 * One hint per item and registry, however often the item was written: what it leads to is read afterwards, as it is then. Commands, what is of no
 * registry of ours, and what follows no key of docs/dynamodb-table.md lead to none.
 */
export function toHints(
  records: readonly Entry[],
  origin: RecordOrigin,
  namespaces: Namespaces,
): readonly ChangeHint[] {
  const latest = new Map<string, Entry>();
  for (const record of records) {
    const { pk, sk } = keysOf(record);
    const item = `${pk}\n${sk}`;
    // Taken out first, so that the order is that of the last records.
    latest.delete(item);
    latest.set(item, record);
  }
  const source = createHash('sha256').update(`${origin.stream}\n${origin.shard}`).digest('base64url').slice(0, 22);
  return [...latest.values()].flatMap((record) => {
    const named = parseItemKey(keysOf(record));
    if (named === null) return [];
    const dedupeKey = `dynamodb-stream/${source}/${record.dynamodb?.SequenceNumber}`;
    const occurredAt = timeOf(record);
    return (namespaces.get(named.namespace) ?? []).map((registryId) => ({
      registryId,
      entity: entityOf(registryId, named),
      dedupeKey,
      ...(occurredAt === undefined ? {} : { occurredAt }),
    }));
  });
}

/** For what the stream cannot tell: each registry is polled at once. */
export function holeHints(namespaces: Namespaces): readonly ChangeHint[] {
  return [...namespaces.values()]
    .flat()
    .map((registryId) => ({ registryId, dedupeKey: `dynamodb-stream/${randomUUID()}` }));
}

function keysOf({ dynamodb }: Entry): { readonly pk: string; readonly sk: string } {
  return { pk: dynamodb?.Keys?.['pk']?.S ?? '', sk: dynamodb?.Keys?.['sk']?.S ?? '' };
}

function entityOf(
  registryId: string,
  { name, number }: { readonly name: string; readonly number: number | null },
): ModelRef | VersionRef {
  return number === null ? { registryId, name } : { registryId, name, version: String(number) };
}

/** The stream itself rounds to seconds, so the item's own word comes first. An item that is gone has none. */
function timeOf({ dynamodb }: Entry): Timestamp | undefined {
  const written = Date.parse(dynamodb?.NewImage?.['updatedAt']?.S ?? '');
  const at = Number.isNaN(written) ? dynamodb?.ApproximateCreationDateTime?.getTime() : written;
  return at === undefined ? undefined : new Date(at).toISOString();
}
