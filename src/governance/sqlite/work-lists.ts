import { parseVersionId, versionId } from '../../domain/refs.js';
import type { CheckpointStore, KeptCheckpoint, OpenIntent, OpenIntents, StoredCheckpoint } from '../store.js';
import { type Database, type Row, type Transaction, textIn } from './database.js';

export function createOpenIntents(database: Database): OpenIntents {
  const place = ({ subject, sequence, dueAt }: OpenIntent) =>
    [dueAt, versionId(subject.version), subject.incarnation, sequence] as const;
  return {
    note: (intent) =>
      database.write('openIntents.note', (transaction) => {
        transaction.run('insert into open_intents values (?, ?, ?, ?) on conflict do nothing', ...place(intent));
      }),
    remove: (intent) =>
      database.write('openIntents.remove', (transaction) => {
        transaction.run(
          'delete from open_intents where due_at = ? and version_id = ? and incarnation = ? and sequence = ?',
          ...place(intent),
        );
      }),
    due: (now, limit) =>
      database.read('openIntents.due', (transaction) =>
        transaction
          .all('select * from open_intents where due_at <= ? order by due_at limit ?', now, limit)
          .map(toIntent),
      ),
  };
}

export function createCheckpointStore(database: Database): CheckpointStore {
  return {
    put: (checkpoint) =>
      database.write('checkpoints.put', (transaction) => {
        transaction.run(
          'insert into checkpoints (number, text) values (?, ?) on conflict do nothing',
          checkpoint.number,
          checkpoint.text,
        );
        const kept = transaction.get('select text from checkpoints where number = ?', checkpoint.number);
        if (kept?.['text'] !== checkpoint.text) return false;
        noteHeads(transaction, checkpoint);
        return true;
      }),
    latest: () =>
      database.read('checkpoints.latest', (transaction) => {
        const row = transaction.get('select number, text from checkpoints order by number desc limit 1');
        return row === undefined ? null : toCheckpoint(row);
      }),
    list: (after, limit) =>
      database.read('checkpoints.list', (transaction) =>
        transaction
          .all('select number, text from checkpoints where number > ? order by number limit ?', after, limit)
          .map(toCheckpoint),
      ),
  };
}

function noteHeads(transaction: Transaction, { number, heads }: StoredCheckpoint): void {
  for (const { subject, sequence, decisionHash, settlementHash } of heads) {
    transaction.run(
      `insert into checkpointed_heads (version_id, incarnation, checkpoint, sequence, decision_hash, settlement_hash)
       values (?, ?, ?, ?, ?, ?)
       on conflict do update set checkpoint = excluded.checkpoint, sequence = excluded.sequence,
         decision_hash = excluded.decision_hash, settlement_hash = excluded.settlement_hash
       where excluded.checkpoint > checkpoint`,
      versionId(subject.version),
      subject.incarnation,
      number,
      sequence,
      decisionHash,
      settlementHash,
    );
  }
}

function toIntent(row: Row): OpenIntent {
  return {
    subject: { version: parseVersionId(textIn(row, 'version_id')), incarnation: textIn(row, 'incarnation') },
    sequence: Number(row['sequence']),
    dueAt: textIn(row, 'due_at'),
  };
}

function toCheckpoint(row: Row): KeptCheckpoint {
  return { number: Number(row['number']), text: textIn(row, 'text') };
}
