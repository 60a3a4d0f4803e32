import type {
  ArchivedChange,
  ArchiveGap,
  ArchivePage,
  ArchiveQuery,
  ChangeArchive,
} from '../../domain/change-archive.js';
import type { Timestamp } from '../../domain/model.js';
import { archivedKeys } from '../archive-keys.js';
import { justAbove, justBelow, placeKey, placeRange, timeOfPlace } from '../archive-order.js';
import { archivedChange, archivedText } from '../archive-text.js';
import { type ArchiveDay, createArchiveDays, dayPartition } from './archive-days.js';
import { TTL_ATTRIBUTE } from './layout.js';
import { type Item, type Table, textOf } from './table.js';

const DAY_MS = 86_400_000;
const AT_ONCE = 8;
/** How many items a sweep removes. */
const SWEPT_MAX = 500;
/** DynamoDB removes what is over within days, and asks nothing for it. */
const GRACE_DAYS = 3;

const EPOCHS = 'archive-epochs';
const GAPS = 'archive-gaps';

/** A partition for each day of each registry, so that none grows without end and all is found by Query. */
export function createChangeArchive(table: Table, archiveDays: number, now: () => number): ChangeArchive {
  const days = createArchiveDays(table);
  const forgetAt = (time: Timestamp) => ({
    [TTL_ATTRIBUTE]: Math.ceil((Date.parse(time) + archiveDays * DAY_MS) / 1000),
  });

  const putChange = async (archived: ArchivedChange) => {
    const { epoch, position, change } = archived;
    const at = timeOfPlace(archived);
    const { registryId, modelId, versionId } = archivedKeys(change);
    const day = { day: at.slice(0, 10), registryId };
    await days.meet(day, forgetAt(`${day.day}T23:59:59.999Z`));
    const item = {
      pk: dayPartition(day),
      sk: placeKey(archived),
      epoch,
      position,
      at,
      registryId,
      ...(modelId === null ? {} : { modelId }),
      ...(versionId === null ? {} : { versionId }),
      type: change.type,
      change: archivedText(change),
      ...forgetAt(at),
    };
    await table.run('archive.put', (requests) => requests.put(item));
  };

  return {
    async put(changes) {
      await inParallel(changes, putChange);
      const latest = new Map<string, ArchivedChange>();
      for (const each of changes) {
        const known = latest.get(each.epoch);
        if (known === undefined || placeKey(each) > placeKey(known)) latest.set(each.epoch, each);
      }
      for (const each of latest.values()) await noteLatest(table, each, forgetAt(timeOfPlace(each)));
    },
    list: (query) => list(table, days.read, query),
    latest: (epoch) =>
      table.run('archive.latest', async (requests) => {
        const item = await requests.get({ pk: EPOCHS, sk: epoch });
        return item === undefined ? null : textOf(item, 'position');
      }),
    putGap: (gap) =>
      table.run('archive.putGap', async (requests) => {
        const item = { pk: GAPS, sk: `${gap.until}#${gap.epoch}`, ...gap, ...forgetAt(gap.until) };
        await requests.put(item, { expression: 'attribute_not_exists(pk)' });
      }),
    gaps: (since) =>
      table.run('archive.gaps', async (requests) => {
        const items = await requests.query({
          KeyConditionExpression: 'pk = :pk AND sk >= :since',
          ExpressionAttributeValues: { ':pk': GAPS, ':since': since },
          ConsistentRead: true,
        });
        return items.map(toGap);
      }),
    async sweep() {
      const oldest = new Date(now() - (archiveDays + GRACE_DAYS) * DAY_MS).toISOString().slice(0, 10);
      let left = SWEPT_MAX;
      for await (const group of days.read({ from: '', to: oldest, direction: 'ASC' })) {
        for (const day of group.filter((each) => each.day < oldest)) {
          const removed = await removeDay(table, day, left);
          left -= removed;
          if (left <= 0) return;
          await days.forget(day);
        }
      }
    },
  };
}

async function noteLatest(table: Table, archived: ArchivedChange, end: Item): Promise<void> {
  const { epoch, position } = archived;
  await table.run('archive.put', (requests) =>
    requests.update({
      Key: { pk: EPOCHS, sk: epoch },
      UpdateExpression: 'SET #place = :place, #position = :position, #end = :end',
      ConditionExpression: 'attribute_not_exists(pk) OR #place < :place',
      ExpressionAttributeNames: { '#place': 'place', '#position': 'position', '#end': TTL_ATTRIBUTE },
      ExpressionAttributeValues: {
        ':place': placeKey(archived),
        ':position': position,
        ':end': end[TTL_ATTRIBUTE],
      },
    }),
  );
}

async function list(
  table: Table,
  readDays: ReturnType<typeof createArchiveDays>['read'],
  query: ArchiveQuery,
): Promise<ArchivePage> {
  const { direction, limit, registryIds } = query;
  const { above, below } = placeRange(query);
  const found: Item[] = [];
  if (above < below) {
    const wanted = registryIds === undefined ? null : new Set(registryIds);
    const range = { from: dayOf(above) ?? '', to: dayOf(below) ?? '~', direction };
    for await (const group of readDays(range)) {
      const partitions = group.filter(({ registryId }) => wanted === null || wanted.has(registryId)).map(dayPartition);
      const runs = await inParallel(partitions, (partition) =>
        readDay(table, partition, { above, below }, direction, limit + 1 - found.length),
      );
      const sign = direction === 'ASC' ? 1 : -1;
      found.push(...runs.flat().sort((a, b) => (textOf(a, 'sk') < textOf(b, 'sk') ? -sign : sign)));
      if (found.length > limit) break;
    }
  }
  return { items: found.slice(0, limit).map(toArchived), hasMore: found.length > limit };
}

function readDay(
  table: Table,
  partition: string,
  { above, below }: { readonly above: string; readonly below: string },
  direction: ArchiveQuery['direction'],
  limit: number,
): Promise<readonly Item[]> {
  return table.run('archive.list', (requests) =>
    requests.query(
      {
        // BETWEEN takes its bounds in.
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :above AND :below',
        ExpressionAttributeValues: { ':pk': partition, ':above': justAbove(above), ':below': justBelow(below) },
        ScanIndexForward: direction === 'ASC',
        ConsistentRead: true,
      },
      limit,
    ),
  );
}

/** Null for a bound that is none. */
function dayOf(bound: string): string | null {
  const ms = Number.parseInt(bound, 10);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString().slice(0, 10);
}

/** @returns How many it has removed: fewer than `max` where nothing is left. */
async function removeDay(table: Table, day: ArchiveDay, max: number): Promise<number> {
  const keys = await table.run('archive.sweep', (requests) =>
    requests.query(
      {
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': dayPartition(day) },
        ProjectionExpression: 'pk, sk',
        ConsistentRead: true,
      },
      max,
    ),
  );
  await inParallel(keys, (item) =>
    table.run('archive.sweep', (requests) => requests.remove({ pk: textOf(item, 'pk'), sk: textOf(item, 'sk') })),
  );
  return keys.length;
}

/** Each has a time limit of its own: there may be hundreds. */
async function inParallel<T, R>(things: readonly T[], work: (thing: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = things.entries();
  const worker = async () => {
    for (const [index, thing] of queue) results[index] = await work(thing);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

function toArchived(item: Item): ArchivedChange {
  return {
    epoch: textOf(item, 'epoch'),
    position: textOf(item, 'position'),
    change: archivedChange(textOf(item, 'change')),
  };
}

function toGap(item: Item): ArchiveGap {
  return {
    epoch: textOf(item, 'epoch'),
    reason: item['reason'] === 'EPOCH' ? 'EPOCH' : 'TRIMMED',
    from: textOf(item, 'from'),
    until: textOf(item, 'until'),
  };
}
