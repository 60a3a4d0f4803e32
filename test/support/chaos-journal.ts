import { type Journal, JournalUnavailableError } from '../../src/journal/journal.js';
import { createMemoryJournal } from '../../src/journal/memory-journal.js';

/** A journal that goes away and comes back on demand, as it was or empty. */
export interface ChaosJournal {
  readonly journal: Journal;
  /** Nobody reaches it, until `recover`. */
  fail(): void;
  recover(): void;
  /** It is lost, and another one is in its place. */
  lose(): Promise<void>;
  /** How often it was read. */
  reads(): number;
}

export function createChaosJournal(): ChaosJournal {
  let inner = createMemoryJournal();
  let isAway = false;
  let reads = 0;
  const reach = (): Journal => {
    if (isAway) throw new JournalUnavailableError();
    return inner;
  };
  const journal: Journal = {
    leases: {
      acquire: async (...args) => reach().leases.acquire(...args),
      release: async (...args) => reach().leases.release(...args),
    },
    notes: {
      get: async (...args) => reach().notes.get(...args),
      set: async (...args) => reach().notes.set(...args),
      remove: async (...args) => reach().notes.remove(...args),
    },
    head: async () => reach().head(),
    get: async (...args) => reach().get(...args),
    async *load(...args) {
      yield* reach().load(...args);
    },
    append: async (...args) => reach().append(...args),
    publish: async (...args) => reach().publish(...args),
    confirm: async (...args) => reach().confirm(...args),
    read: async (query) => {
      reads += 1;
      return reach().read(query);
    },
    async *follow(...args) {
      yield* reach().follow(...args);
    },
    registries: async () => reach().registries(),
    setRegistryState: async (...args) => reach().setRegistryState(...args),
    seen: async (...args) => reach().seen(...args),
    mark: async (...args) => reach().mark(...args),
    trim: async (...args) => reach().trim(...args),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
  return {
    journal,
    fail() {
      isAway = true;
    },
    recover() {
      isAway = false;
    },
    async lose() {
      const lost = inner;
      inner = createMemoryJournal();
      await lost[Symbol.asyncDispose]();
    },
    reads: () => reads,
  };
}
