import type { ArchivedChange, ArchiveGap, ArchiveQuery, ChangeArchive } from '../../domain/change-archive.js';
import { archivedKeys } from '../archive-keys.js';
import { keysFrom, placeKey, placeRange, timeOfPlace } from '../archive-order.js';
import { archivedChange, archivedText } from '../archive-text.js';
import { type Database, type Row, type Transaction, textIn } from './database.js';

const DAY_MS = 86_400_000;
/** How many rows a sweep removes: others wait for the file meanwhile. */
const SWEPT_MAX = 5_000;

export function createChangeArchive(database: Database, archiveDays: number, now: () => number): ChangeArchive {
  return {
    put: (changes) =>
      database.write('archive.put', (transaction) => {
        for (const each of changes) put(transaction, each);
      }),
    list: (query) =>
      database.read('archive.list', (transaction) => {
        const rows = listRows(transaction, query);
        return { items: rows.slice(0, query.limit).map(toArchived), hasMore: rows.length > query.limit };
      }),
    latest: (epoch) =>
      database.read('archive.latest', (transaction) => {
        const row = transaction.get(
          'select position from archived_changes where epoch = ? order by place desc limit 1',
          epoch,
        );
        return row === undefined ? null : textIn(row, 'position');
      }),
    putGap: ({ epoch, reason, from, until }) =>
      database.write('archive.putGap', (transaction) => {
        transaction.run(
          'insert into archive_gaps (until, epoch, reason, started) values (?, ?, ?, ?) on conflict do nothing',
          until,
          epoch,
          reason,
          from,
        );
      }),
    gaps: (since) =>
      database.read('archive.gaps', (transaction) =>
        transaction.all('select * from archive_gaps where until >= ? order by until, epoch', since).map(toGap),
      ),
    sweep: () =>
      database.write('archive.sweep', (transaction) => {
        const oldest = new Date(now() - archiveDays * DAY_MS).toISOString();
        transaction.run(
          'delete from archived_changes where rowid in (select rowid from archived_changes where place < ? order by place limit ?)',
          keysFrom(oldest),
          SWEPT_MAX,
        );
        transaction.run('delete from archive_gaps where until < ?', oldest);
      }),
  };
}

function put(transaction: Transaction, archived: ArchivedChange): void {
  const { epoch, position, change } = archived;
  const { registryId, modelId, versionId } = archivedKeys(change);
  transaction.run(
    `insert or replace into archived_changes (place, epoch, position, at, registry_id, model_id, version_id, type, change)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    placeKey(archived),
    epoch,
    position,
    timeOfPlace(archived),
    registryId,
    modelId,
    versionId,
    change.type,
    archivedText(change),
  );
}

/** One more than asked for, where there is more. Registries are read one by one: by one index, a quiet one would be looked for among all others. */
function listRows(transaction: Transaction, query: ArchiveQuery): readonly Row[] {
  const { above, below } = placeRange(query);
  const order = query.direction === 'ASC' ? 'asc' : 'desc';
  const rowsOf = (where: string, ...values: string[]) =>
    transaction.all(
      `select place, epoch, position, change from archived_changes where ${where} place > ? and place < ? order by place ${order} limit ?`,
      ...values,
      above,
      below,
      query.limit + 1,
    );
  if (query.registryIds === undefined) return rowsOf('');
  const sign = query.direction === 'ASC' ? 1 : -1;
  return [...new Set(query.registryIds)]
    .flatMap((registryId) => rowsOf('registry_id = ? and', registryId))
    .sort((a, b) => (textIn(a, 'place') < textIn(b, 'place') ? -sign : sign))
    .slice(0, query.limit + 1);
}

function toArchived(row: Row): ArchivedChange {
  return {
    epoch: textIn(row, 'epoch'),
    position: textIn(row, 'position'),
    change: archivedChange(textIn(row, 'change')),
  };
}

function toGap(row: Row): ArchiveGap {
  return {
    epoch: textIn(row, 'epoch'),
    reason: textIn(row, 'reason') === 'EPOCH' ? 'EPOCH' : 'TRIMMED',
    from: textIn(row, 'started'),
    until: textIn(row, 'until'),
  };
}
