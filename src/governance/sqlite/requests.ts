import type { RequestRecord, RequestStore } from '../store.js';
import { type Database, type Row, type Transaction, textIn } from './database.js';

/** How many of those that are over go with each new one. */
const CLEARED_MAX = 100;

export function createRequestStore(database: Database, now: () => number): RequestStore {
  return {
    begin: (record) =>
      database.write('requests.begin', (transaction) => {
        clearExpired(transaction, new Date(now()).toISOString(), record.key);
        transaction.run(
          `insert into requests (key, input_hash, holder, request_id, running_until, result, expires_at)
           values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
          record.key,
          ...values(record),
        );
        const row = transaction.get('select * from requests where key = ?', record.key);
        return row === undefined ? record : toRequest(row);
      }),
    find: (key) =>
      database.read('requests.find', (transaction) => {
        const row = transaction.get(
          'select * from requests where key = ? and expires_at > ?',
          key,
          new Date(now()).toISOString(),
        );
        return row === undefined ? null : toRequest(row);
      }),
    replace: (record, holder) =>
      database.write('requests.replace', (transaction) => {
        const changed = transaction.run(
          `update requests set input_hash = ?, holder = ?, request_id = ?, running_until = ?, result = ?, expires_at = ?
           where key = ? and holder = ?`,
          ...values(record),
          record.key,
          holder,
        );
        return changed > 0;
      }),
    remove: (key, holder) =>
      database.write('requests.remove', (transaction) => {
        transaction.run('delete from requests where key = ? and holder = ?', key, holder);
      }),
  };
}

/** That of the key itself for certain, and some of the others. */
function clearExpired(transaction: Transaction, now: string, key: string): void {
  transaction.run('delete from requests where key = ? and expires_at <= ?', key, now);
  transaction.run(
    'delete from requests where key in (select key from requests where expires_at <= ? limit ?)',
    now,
    CLEARED_MAX,
  );
}

function values({ inputHash, holder, requestId, runningUntil, result, expiresAt }: RequestRecord) {
  return [inputHash, holder, requestId, runningUntil, result, expiresAt] as const;
}

function toRequest(row: Row): RequestRecord {
  return {
    key: textIn(row, 'key'),
    inputHash: textIn(row, 'input_hash'),
    holder: textIn(row, 'holder'),
    requestId: textIn(row, 'request_id'),
    runningUntil: textIn(row, 'running_until'),
    result: row['result'] === null ? null : textIn(row, 'result'),
    expiresAt: textIn(row, 'expires_at'),
  };
}
