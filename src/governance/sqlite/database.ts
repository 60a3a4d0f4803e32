import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerUnavailableError } from '../../domain/errors.js';
import { ARCHIVE_TABLES } from './archive-tables.js';
import { DELIVERY_TABLES } from './delivery-tables.js';
import { isBusy, isSqliteFault, unavailable } from './errors.js';
import { SCHEMA, SCHEMA_VERSION } from './schema.js';
import { createWriteQueue, type Work } from './write-queue.js';

export type Row = Readonly<Record<string, SQLOutputValue>>;

/** Statements of one transaction. */
export interface Transaction {
  get(sql: string, ...parameters: SQLInputValue[]): Row | undefined;
  all(sql: string, ...parameters: SQLInputValue[]): Row[];
  /** @returns How many rows it changed. */
  run(sql: string, ...parameters: SQLInputValue[]): number;
}

/** One file, opened on first use. Several processes may have it open; what one of them commits is on the disk. */
export interface Database extends AsyncDisposable {
  /** All that `work` reads is of one moment. @throws LedgerUnavailableError */
  read<T>(operation: string, work: Work<T>): Promise<T>;
  /** All of it or nothing. `work` may run more than once. @throws LedgerUnavailableError */
  write<T>(operation: string, work: Work<T>): Promise<T>;
}

/** SQLite waits for a lock by putting the whole process to sleep, so it waits this long, and the rest is waited for without blocking. */
const BLOCK_MS = 10;
const PAUSE_MS = 25;

interface Connection {
  readonly db: DatabaseSync;
  readonly transaction: Transaction;
}

export function createDatabase(file: string, timeoutMs: number): Database {
  let connection: Connection | undefined;
  let isClosed = false;

  const attempt = <T>(begin: string, work: Work<T>): T => {
    connection ??= open(file);
    const { db, transaction } = connection;
    try {
      db.exec(begin);
      const result = work(transaction);
      db.exec('commit');
      return result;
    } catch (error) {
      if (db.isTransaction) db.exec('rollback');
      if (isSqliteFault(error) && !isBusy(error)) close();
      throw error;
    }
  };

  const close = () => {
    connection?.db.close();
    connection = undefined;
  };

  const run = async <T>(operation: string, begin: string, work: Work<T>, deadline: number): Promise<T> => {
    for (;;) {
      if (isClosed) throw new LedgerUnavailableError('The governance store has been closed.', { operation });
      try {
        return attempt(begin, work);
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw unavailable(error, file, operation);
      }
      await sleep(Math.random() * PAUSE_MS);
    }
  };

  const queue = createWriteQueue(
    (operation, work, deadline) => run(operation, 'begin immediate', work, deadline),
    timeoutMs,
  );

  return {
    read: (operation, work) => run(operation, 'begin', work, performance.now() + timeoutMs),
    write: queue.write,
    async [Symbol.asyncDispose]() {
      await queue.flush();
      isClosed = true;
      close();
    },
  };
}

function open(file: string): Connection {
  mkdirSync(dirname(file), { recursive: true });
  // What people decided and wrote is not for every account of the machine. The files beside it take its mode.
  closeSync(openSync(file, 'a', 0o600));
  const db = new DatabaseSync(file, { timeout: BLOCK_MS });
  try {
    db.exec('pragma journal_mode = wal');
    db.exec('pragma synchronous = full');
    prepareSchema(db, file);
  } catch (error) {
    db.close();
    throw error;
  }
  return { db, transaction: statements(db) };
}

function prepareSchema(db: DatabaseSync, file: string): void {
  db.exec('begin immediate');
  const isNew = db.prepare("select 1 from sqlite_schema where name = 'schema_version'").get() === undefined;
  if (isNew) db.exec(SCHEMA);
  // Added beside what there was: a file of before gets them too, and a gateway of before does not mind them.
  db.exec(DELIVERY_TABLES);
  db.exec(ARCHIVE_TABLES);
  const version = db.prepare('select version from schema_version').get()?.['version'];
  db.exec('commit');
  if (version === SCHEMA_VERSION) return;
  throw new LedgerUnavailableError(
    `The governance store ${file} is of version ${String(version)}, and this gateway knows version ${SCHEMA_VERSION}. Run the gateway that made it, or a later one.`,
    { retryable: false },
  );
}

function statements(db: DatabaseSync): Transaction {
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = prepared.get(sql) ?? db.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
  return {
    get: (sql, ...parameters) => prepare(sql).get(...parameters),
    all: (sql, ...parameters) => prepare(sql).all(...parameters),
    run: (sql, ...parameters) => Number(prepare(sql).run(...parameters).changes),
  };
}

/** Columns that the schema says are text. */
export function textIn(row: Row, column: string): string {
  return String(row[column]);
}
