import type { Timestamp } from '../domain/model.js';
import type { Journal } from '../journal/journal.js';

/** How far the journal knows a registry; null: it was never walked as a whole. */
export interface RegistryWatermark {
  readonly registryId: string;
  readonly completeThrough: Timestamp | null;
}

export interface Watermarks {
  /** Not older than a moment; as they were last known where the journal cannot be asked. */
  of(registryIds: readonly string[]): Promise<readonly RegistryWatermark[]>;
  /** @throws JournalUnavailableError */
  refresh(): Promise<void>;
}

const FRESH_MS = 1000;

/** One look at the journal serves all that ask within a moment. */
export function createWatermarks(journal: Pick<Journal, 'registries'>, now: () => number): Watermarks {
  let known: ReadonlyMap<string, Timestamp> = new Map();
  let look: { readonly at: number; readonly done: Promise<void> } | null = null;

  const refresh = (): Promise<void> => {
    const done = journal.registries().then(({ states }) => {
      known = new Map([...states].map(([id, { completeThrough }]) => [id, completeThrough]));
    });
    look = { at: now(), done };
    return done;
  };

  return {
    refresh,
    async of(registryIds) {
      const isFresh = look !== null && now() - look.at < FRESH_MS;
      await (isFresh ? look?.done : refresh())?.catch(() => {});
      return registryIds.map((registryId) => ({ registryId, completeThrough: known.get(registryId) ?? null }));
    },
  };
}
