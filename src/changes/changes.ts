import type { Catalog } from '../catalog/catalog.js';
import { type PageArgs, readPageArgs } from '../catalog/page-args.js';
import { requireRegistry } from '../catalog/selection.js';
import { type Caller, visibilityOf } from '../domain/access.js';
import { type ChangeFilter, matchesChange, matchesModelTags, seesChange } from '../domain/change-filter.js';
import type { Change } from '../domain/changes.js';
import type { Tag, Timestamp } from '../domain/model.js';
import type { ModelRef } from '../domain/refs.js';
import { JournalUnavailableError } from '../journal/journal.js';
import type { ChangePage, PageSources } from './change-page.js';
import type { StreamStart } from './change-stream.js';
import type { CohortSources, Sharing } from './cohort.js';
import { iterateStream } from './iterate-stream.js';
import type { JournalItem } from './journal-item.js';
import { readBackward } from './read-backward.js';
import { readForward } from './read-forward.js';
import type { RegistryWatermark } from './watermarks.js';

/** What one operation may know of the journal, as far as its caller sees it. */
export interface Changes {
  /** The position of now: of what this replica answers from. @throws JournalUnavailableError */
  cursor(): Promise<string>;
  /** A position that has every write of this replica that was answered; null while the journal cannot be reached. */
  cursorAfterWrite(): Promise<string | null>;
  /** @throws InvalidInputError for arguments that cannot be, JournalUnavailableError */
  page(args: ChangeListArgs): Promise<ChangePage>;
  /** @throws InvalidInputError */
  stream(args: ChangeStreamArgs): ChangeSubscription;
  /** Of the registries that the caller sees. */
  watermarks(): Promise<readonly RegistryWatermark[]>;
}

export interface ChangeListArgs {
  readonly page: PageArgs;
  readonly since: Timestamp | undefined;
  readonly filter: ChangeFilter;
}

export interface ChangeStreamArgs {
  readonly filter: ChangeFilter;
  readonly after: string | undefined;
}

/** What a subscription is of. To iterate over it is a stream of its own; many that are alike are opened together by their hub. */
export interface ChangeSubscription extends AsyncIterable<JournalItem> {
  readonly start: StreamStart;
  readonly sharing: Pick<Sharing<unknown>, 'matches' | 'confirms'>;
  /** The same for callers who see the same. */
  readonly visibility: readonly unknown[];
}

export interface ChangesOptions extends Omit<PageSources, 'tail'>, Omit<CohortSources, 'journal'> {
  /** As the model is now; null where it is not there for the caller. */
  readonly tagsNow: (caller: Caller, model: ModelRef) => Promise<readonly Tag[] | null>;
}

export type OpenChanges = (caller: Caller, catalog: Pick<Catalog, 'registries' | 'model'>) => Changes;

export function createChanges(options: ChangesOptions): OpenChanges {
  const { journal, tail, cursors, watermarks } = options;
  return (caller, catalog) => {
    const matcher = (filter: ChangeFilter) => {
      for (const id of filter.registryIds ?? []) requireRegistry(catalog.registries, id);
      const labels = new Map(catalog.registries.map((entry) => [entry.id, entry.labels]));
      return (change: Change) =>
        seesChange(caller, change) && matchesChange(filter, change, (id) => labels.get(id) ?? []);
    };
    // What cannot be told apart now is shown: one change too many does less harm than one that is missed.
    const confirmer = (filter: ChangeFilter, tagsOf: (model: ModelRef) => Promise<readonly Tag[] | null>) =>
      filter.modelTags === undefined
        ? null
        : (change: Change) => matchesModelTags(filter, change, tagsOf).catch(() => true);

    return {
      async cursor() {
        return cursors.encode(tail.place ?? (await journal.head()));
      },

      async cursorAfterWrite() {
        try {
          return cursors.encode(await journal.head());
        } catch (error) {
          if (error instanceof JournalUnavailableError) return null;
          throw error;
        }
      },

      async page({ page, since, filter }) {
        const { limit, backward, cursor } = readPageArgs(page);
        const matches = matcher(filter);
        const confirms = confirmer(filter, async (ref) => (await catalog.model(ref))?.tags ?? null);
        const request = { limit, since, from: cursor === undefined ? undefined : cursors.decode(cursor) };
        return (backward ? readBackward : readForward)(
          request,
          async (changes) => {
            const found = changes.filter(({ change }) => matches(change));
            if (confirms === null) return found;
            const confirmed = await Promise.all(found.map(({ change }) => confirms(change)));
            return found.filter((_, index) => confirmed[index]);
          },
          options,
        );
      },

      stream({ filter, after }) {
        const sharing = {
          matches: matcher(filter),
          confirms: confirmer(filter, (model) => options.tagsNow(caller, model)),
        };
        const start = startOf(after, options);
        return {
          start,
          sharing,
          visibility: visibilityOf(caller),
          [Symbol.asyncIterator]: () => iterateStream(sharing, start, options),
        };
      },

      watermarks: () => watermarks.of(catalog.registries.map(({ id }) => id)),
    };
  };
}

/** @throws InvalidInputError for what is no cursor. */
export function startOf(after: string | undefined, { cursors }: Pick<ChangesOptions, 'cursors'>): StreamStart {
  if (after === undefined) return { cursor: null, place: null };
  const place = cursors.decode(after);
  return { cursor: after, place: place === 'RETIRED' ? null : place };
}
