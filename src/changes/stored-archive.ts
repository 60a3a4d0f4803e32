import type { ArchivedChange, ChangeArchive as StoredArchive } from '../domain/change-archive.js';
import { timeOf } from '../journal/journal.js';
import type { ChangeArchive } from './change-archive.js';
import type { PlacedChange } from './change-tail.js';

/** @param archive Where the journal is copied to. What it may have missed ends what is read from a place: there is a gap. */
export function readStoredArchive(archive: Pick<StoredArchive, 'list' | 'gaps'>): ChangeArchive {
  return {
    async read(from, limit) {
      if ('since' in from) {
        return (await archive.list({ since: from.since, direction: 'ASC', limit })).items.map(toPlaced);
      }
      const { epoch, position } = from.after;
      const [page, gaps] = await Promise.all([
        archive.list({ after: from.after, direction: 'ASC', limit }),
        archive.gaps(timeOf(position)),
      ]);
      // What belongs to another journal does not follow on this one.
      const end = page.items.findIndex((item) => item.epoch !== epoch);
      const items = end < 0 ? page.items : page.items.slice(0, end);
      const hole = gaps.find((gap) => gap.epoch === epoch && gap.reason === 'TRIMMED' && gap.until > timeOf(position));
      return items.filter((item) => hole === undefined || timeOf(item.position) <= hole.from).map(toPlaced);
    },
  };
}

function toPlaced({ epoch, position, change }: ArchivedChange): PlacedChange {
  return { place: { epoch, position }, change };
}
