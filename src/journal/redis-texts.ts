import type { Change, ChangeEvidence, StateRecord } from '../domain/changes.js';
import { withEvidence } from './evidence.js';
import type { JournalEntry, Position, RegistryState, StoredEntity } from './journal.js';
import { ENTRY_FIELDS } from './redis-keys.js';

// What Redis holds as text. All of it was written by the scripts, from what had the right shape.

/** An entry as Redis gives it: its position, and names and values of its fields in turn. */
export type RawEntry = readonly [position: string, fields: readonly string[]];

/** @param evidence What has confirmed it since, between spaces; null where nothing has. */
export function readEntry([position, fields]: RawEntry, evidence: string | null): JournalEntry {
  const field = (name: (typeof ENTRY_FIELDS)[number]) => fields[2 * ENTRY_FIELDS.indexOf(name) + 1] ?? '';
  const [entity, change] = [field('entity'), field('change')];
  const state = entity === '' ? null : stored(entity, field('rev'), position, field('last'), field('record'));
  return {
    position,
    registryId: field('registry'),
    state,
    change: change === '' ? null : withEvidence(JSON.parse(change) as Change, evidenceOf(evidence)),
  };
}

export function readState(entity: string, text: string): StoredEntity {
  const [rev = '', position = '', last = '', record = ''] = text.split('\n');
  return stored(entity, rev, position, last, record);
}

export function readRegistryState(text: string): RegistryState {
  const [completeThrough = '', walkedAt = '', highestModified = ''] = text.split('\n');
  return { completeThrough, walkedAt, highestModified: highestModified === '' ? null : highestModified };
}

function stored(entity: string, rev: string, position: Position, last: string, record: string): StoredEntity {
  return {
    entity,
    rev: Number(rev),
    position,
    record: JSON.parse(record) as StateRecord | null,
    lastChanges: JSON.parse(last) as readonly string[],
  };
}

function evidenceOf(text: string | null): readonly ChangeEvidence[] {
  return text === null ? [] : (text.split(' ') as ChangeEvidence[]);
}
