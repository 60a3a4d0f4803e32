import { expect, it } from 'vitest';
import type { ChangeArchive } from '../../../src/changes/change-archive.js';
import type { PlacedChange } from '../../../src/changes/change-tail.js';
import { readForward } from '../../../src/changes/read-forward.js';
import type { Change } from '../../../src/domain/changes.js';
import { comparePositions, timeOf } from '../../../src/journal/journal.js';
import { createJournalCursors } from '../../../src/journal/journal-cursor.js';
import { createMemoryJournal } from '../../../src/journal/memory-journal.js';
import { put, statusChange } from '../../api/stream-support.js';

it('what the journal does not keep any more comes from the archive, and what follows from the journal', async () => {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const journal = createMemoryJournal({ now: () => now });
  const archived: PlacedChange[] = [];
  const changes: Change[] = [];
  for (let count = 0; count < 6; count += 1) {
    now += 1000;
    const change = statusChange('churn');
    changes.push(change);
    await put(journal, change);
    if (count < 4) archived.push({ place: await journal.head(), change });
  }
  await journal.trim({ maxAgeMs: 1_000_000, maxEntries: 3 });
  const archive: ChangeArchive = {
    read: async (from, limit) =>
      archived
        .filter(({ place: { position } }) =>
          'since' in from ? timeOf(position) >= from.since : comparePositions(position, from.after.position) > 0,
        )
        .slice(0, limit),
  };
  const cursors = createJournalCursors(['a secret of thirty-two characters']);
  const sources = { journal, tail: { place: await journal.head() }, cursors, archive, now: () => now };
  const read = async (request: Partial<Parameters<typeof readForward>[0]>) => {
    const page = await readForward(
      { limit: 10, from: undefined, since: undefined, ...request },
      async (it) => it,
      sources,
    );
    return page.edges.map((edge) => (edge.kind === 'CHANGE' ? edge.change.id : edge.kind));
  };
  const ids = changes.map(({ id }) => id);
  expect(await read({ since: '2026-01-01T00:00:02.000Z' })).toEqual(ids.slice(1));
  expect(await read({ from: archived[0]?.place })).toEqual(ids.slice(1));
  expect(await read({ from: archived[3]?.place })).toEqual(ids.slice(4));
  expect(await read({ since: '2026-01-01T00:00:06.000Z' })).toEqual(ids.slice(5));
});
