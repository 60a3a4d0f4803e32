import type { Logger } from 'pino';
import type { GatewayConfig } from '../config/load-config.js';
import type { ChangeArchive } from '../domain/change-archive.js';
import { type Journal, type Position, timeOf } from '../journal/journal.js';
import { type Archiver, startArchiver } from '../journal/start-archiver.js';
import { startTrimmer } from '../journal/trimmer.js';

/** How long the journal keeps beyond its bounds what could not be archived. */
const ARCHIVE_WAIT_MS = 24 * 3_600_000;

/** Archives the journal, and keeps it within its bounds, until `opening` is disposed of. */
export function keepJournal(
  opening: AsyncDisposableStack,
  { journal: bounds }: GatewayConfig,
  parts: { readonly journal: Journal; readonly archive: ChangeArchive; readonly log: Logger },
): void {
  const { journal, archive, log } = parts;
  const archiver = opening.use(
    startArchiver({
      journal,
      archive,
      report: (error) => log.warn({ err: error }, 'changes could not be archived and wait in the journal'),
    }),
  );
  opening.use(
    startTrimmer({
      journal,
      maxAgeMs: bounds.maxAgeHours * 3_600_000,
      maxEntries: bounds.maxEntries,
      everyMs: bounds.trimSeconds * 1000,
      keepAfter: () => notArchivedLately(archiver),
      report: (error) => log.warn({ err: error }, 'the journal could not be trimmed'),
    }),
  );
}

/** What is not archived yet is not trimmed, for a day: an archive that is away for longer must not fill the journal. */
async function notArchivedLately(archiver: Archiver): Promise<Position | undefined> {
  const through = await archiver.archivedThrough();
  return Date.now() - Date.parse(timeOf(through)) < ARCHIVE_WAIT_MS ? through : undefined;
}
