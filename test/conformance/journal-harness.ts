import type { Journal } from '../../src/journal/journal.js';

/** A journal with nothing in it. */
export interface OpenedJournal extends AsyncDisposable {
  readonly journal: Journal;
  /** The same journal as another replica has it. */
  another(): Promise<Journal>;
  /** Lets so much of the journal's own time pass. */
  elapse(ms: number): Promise<void>;
}

export type OpenJournal = () => Promise<OpenedJournal>;
