import { LedgerUnavailableError } from '../../domain/errors.js';
import type { CheckResult } from '../../domain/registry.js';
import type { GovernanceStore } from '../store.js';
import { createChangeArchive } from './archive.js';
import { createDatabase, type Database } from './database.js';
import { createDeliveryStore } from './deliveries.js';
import { createLeaseStore } from './leases.js';
import { createLedgerStore } from './ledger.js';
import { createRequestStore } from './requests.js';
import { createCheckpointStore, createOpenIntents } from './work-lists.js';

export interface SqliteStoreOptions {
  /** Absolute path. The file and its folder are made where they are missing. */
  readonly file: string;
  /** How long archived changes are kept. Default: 400. */
  readonly archiveDays?: number;
  /** How long a call may wait for other processes. Default: 3000. */
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

/** The governance store in one SQLite file, for any number of processes on one machine. Not for a network drive, whose locks cannot be relied on. */
export function createSqliteStore({
  file,
  archiveDays = 400,
  timeoutMs = 3000,
  now = Date.now,
}: SqliteStoreOptions): GovernanceStore {
  const database = createDatabase(file, timeoutMs);
  return {
    ledger: createLedgerStore(database),
    openIntents: createOpenIntents(database),
    checkpoints: createCheckpointStore(database),
    requests: createRequestStore(database, now),
    leases: createLeaseStore(database, now),
    deliveries: createDeliveryStore(database, now),
    archive: createChangeArchive(database, archiveDays, now),
    check: () => check(database, file),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

async function check(database: Database, file: string): Promise<readonly CheckResult[]> {
  const name = 'governance store';
  try {
    // An immediate transaction takes the lock that a write needs, and asks the disk for nothing more.
    await database.write('check', (transaction) => transaction.get('select version from schema_version'));
    return [{ name, ok: true, message: `The file ${file} can be read and written.` }];
  } catch (error) {
    if (!(error instanceof LedgerUnavailableError)) throw error;
    return [{ name, ok: false, message: error.message }];
  }
}
