import type { Timestamp } from '../domain/model.js';
import type { JournalHead } from '../journal/journal.js';
import type { PlacedChange } from './change-tail.js';

/** Changes that outlive the journal, with the places that they had in it. */
export interface ChangeArchive {
  /** In the order in which they entered the journal, over all of its epochs. Empty: what comes next, the journal has or nobody has. */
  read(
    from: { readonly after: JournalHead } | { readonly since: Timestamp },
    limit: number,
  ): Promise<readonly PlacedChange[]>;
}
