import type { ApprovalRecord, DecisionEntry, SettlementEntry, Subject } from '../../domain/ledger.js';
import { versionId } from '../../domain/refs.js';
import { entryText, parseEntry, readableEntry } from '../entry-text.js';
import { indexKeys, isIndexed } from '../index-keys.js';
import { orderRange, walkStart } from '../order.js';
import type { LedgerIndex, LedgerQuery, LedgerStore, Placed, StoredChain } from '../store.js';
import { type Database, type Row, type Transaction, textIn } from './database.js';

export function createLedgerStore(database: Database): LedgerStore {
  return {
    putDecision: (entry) => database.write('ledger.putDecision', (transaction) => putDecision(transaction, entry)),
    putSettlement: (entry) =>
      database.write('ledger.putSettlement', (transaction) => putSettlement(transaction, entry)),
    chains: (version) => {
      const id = versionId(version);
      return database.read('ledger.chains', (transaction) =>
        incarnations(transaction, id).map((incarnation) => readChain(transaction, id, { version, incarnation })),
      );
    },
    list: (query) =>
      database.read('ledger.list', (transaction) => {
        const rows = listRows(transaction, query);
        return { items: rows.slice(0, query.limit).map(toRecord), hasMore: rows.length > query.limit };
      }),
    walk: (query) =>
      database.read('ledger.walk', (transaction) => {
        const rows = transaction.all(
          'select version_id, order_key from decisions where order_key > ? order by order_key limit ?',
          walkStart(query),
          query.limit,
        );
        const last = rows.length < query.limit ? undefined : rows.at(-1);
        return {
          versionIds: rows.map((row) => textIn(row, 'version_id')),
          next: last === undefined ? null : textIn(last, 'order_key'),
        };
      }),
  };
}

function putDecision(transaction: Transaction, entry: DecisionEntry): DecisionEntry {
  const { body } = entry;
  const columns = columnsOf(entry);
  transaction.run(
    `insert into decisions (version_id, incarnation, sequence, order_key, registry_id, model_id, actor_id, entry)
     values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
    body.versionId,
    body.incarnation,
    body.sequence,
    columns.order_key,
    columns.registry_id,
    columns.model_id,
    columns.actor_id,
    entryText(entry),
  );
  return entryAt(transaction, 'decisions', entry) ?? entry;
}

function putSettlement(transaction: Transaction, entry: SettlementEntry): SettlementEntry {
  const { body } = entry;
  transaction.run(
    'insert into settlements (version_id, incarnation, sequence, entry) values (?, ?, ?, ?) on conflict do nothing',
    body.versionId,
    body.incarnation,
    body.sequence,
    entryText(entry),
  );
  return entryAt(transaction, 'settlements', entry) ?? entry;
}

function entryAt<E extends DecisionEntry | SettlementEntry>(
  transaction: Transaction,
  table: 'decisions' | 'settlements',
  { body }: E,
): E | undefined {
  const row = transaction.get(
    `select * from ${table} where version_id = ? and incarnation = ? and sequence = ?`,
    body.versionId,
    body.incarnation,
    body.sequence,
  );
  return row === undefined ? undefined : toEntry<E>(row, 'entry');
}

function incarnations(transaction: Transaction, id: string): string[] {
  const rows = transaction.all(
    `select incarnation from decisions where version_id = ?1 union select incarnation from settlements where version_id = ?1
     union select incarnation from checkpointed_heads where version_id = ?1 order by incarnation`,
    id,
  );
  return rows.map((row) => textIn(row, 'incarnation'));
}

function readChain(transaction: Transaction, id: string, subject: Subject): StoredChain {
  const rows = (table: 'decisions' | 'settlements') =>
    transaction.all(
      `select * from ${table} where version_id = ? and incarnation = ? order by sequence`,
      id,
      subject.incarnation,
    );
  const head = transaction.get(
    'select * from checkpointed_heads where version_id = ? and incarnation = ?',
    id,
    subject.incarnation,
  );
  return {
    subject,
    decisions: rows('decisions').map(placedDecision),
    settlements: rows('settlements').map(placed<SettlementEntry>),
    checkpointed:
      head === undefined
        ? null
        : {
            subject,
            checkpoint: Number(head['checkpoint']),
            sequence: Number(head['sequence']),
            decisionHash: textIn(head, 'decision_hash'),
            settlementHash: head['settlement_hash'] === null ? null : textIn(head, 'settlement_hash'),
          },
  };
}

function placed<E extends DecisionEntry | SettlementEntry>(row: Row): Placed<E> {
  return { sequence: Number(row['sequence']), entry: parseEntry<E>(textIn(row, 'entry')) };
}

function placedDecision(row: Row): Placed<DecisionEntry> {
  const decision = placed<DecisionEntry>(row);
  return isIndexed(decision.entry, columnsOf, row) ? decision : { ...decision, isMisfiled: true };
}

function columnsOf(entry: DecisionEntry) {
  const { orderKey, registryId, modelId, actorId } = indexKeys(entry);
  return { order_key: orderKey, registry_id: registryId, model_id: modelId, actor_id: actorId };
}

/** One more than asked for, where there is more. */
function listRows(transaction: Transaction, query: LedgerQuery): Row[] {
  const { above, below } = orderRange(query);
  const conditions = [
    ...indexCondition(query.index),
    ...(above === null ? [] : [{ sql: 'order_key > ?', value: above }]),
    ...(below === null ? [] : [{ sql: 'order_key < ?', value: below }]),
  ];
  const where = conditions.length === 0 ? '' : `where ${conditions.map(({ sql }) => sql).join(' and ')}`;
  return transaction.all(
    `select version_id, incarnation, sequence, decisions.entry as decision, settlements.entry as settlement
     from decisions left join settlements using (version_id, incarnation, sequence)
     ${where} order by order_key ${query.direction === 'ASC' ? 'asc' : 'desc'} limit ?`,
    ...conditions.map(({ value }) => value),
    query.limit + 1,
  );
}

function indexCondition(index: LedgerIndex): { readonly sql: string; readonly value: string }[] {
  switch (index.by) {
    case 'all':
      return [];
    case 'registry':
      return [{ sql: 'registry_id = ?', value: index.registryId }];
    case 'model':
      return [{ sql: 'model_id = ?', value: index.modelId }];
    case 'version':
      return [{ sql: 'version_id = ?', value: index.versionId }];
    case 'actor':
      return [{ sql: 'actor_id = ?', value: index.actorId }];
  }
}

function toRecord(row: Row): ApprovalRecord {
  return {
    decision: toEntry<DecisionEntry>(row, 'decision'),
    settlement: row['settlement'] === null ? null : toEntry<SettlementEntry>(row, 'settlement'),
  };
}

function toEntry<E extends DecisionEntry | SettlementEntry>(row: Row, column: string): E {
  return readableEntry<E>(textIn(row, column), {
    versionId: textIn(row, 'version_id'),
    incarnation: textIn(row, 'incarnation'),
    sequence: Number(row['sequence']),
  });
}
