import type { Subject } from '../../src/domain/ledger.js';
import type { GovernanceStore } from '../../src/governance/store.js';

/** How a suite gets an engine with nothing in it. */
export interface GovernanceHarness {
  open(): Promise<OpenedGovernance>;
}

export interface OpenedGovernance extends AsyncDisposable {
  readonly store: GovernanceStore;
  /** Another store over the same data, as another process has it. */
  another(options?: { readonly now?: () => number }): GovernanceStore;
  readonly raw: RawGovernance;
}

export interface EntryPlace {
  readonly subject: Subject;
  readonly sequence: number;
  readonly kind: 'decision' | 'settlement';
}

/** What somebody can do who has the engine in hand. */
export interface RawGovernance {
  read(place: EntryPlace): Promise<string>;
  write(place: EntryPlace, text: string): Promise<void>;
  remove(place: EntryPlace): Promise<void>;
  /** Takes a decision out of all indexes and leaves it where it is. */
  hide(place: EntryPlace): Promise<void>;
  /** Puts a decision under another registry in the index, and leaves what it says. */
  misfile(place: EntryPlace, registryId: string): Promise<void>;
  removeCheckpoint(number: number): Promise<void>;
  writeCheckpoint(number: number, text: string): Promise<void>;
  /** What is noted of checkpoints with the chain. */
  removeHead(subject: Subject): Promise<void>;
}
