import type { AwsAccess } from '../../../adapters/shared/aws-client.js';
import type { GovernanceStore } from '../store.js';
import { createChangeArchive } from './archive.js';
import { check } from './check.js';
import { createDeliveryStore } from './deliveries.js';
import { createLeaseStore } from './leases.js';
import { createLedgerStore } from './ledger.js';
import { createRequestStore } from './requests.js';
import { createTable } from './table.js';
import { createCheckpointStore, createOpenIntents } from './work-lists.js';

export interface DynamoDbStoreOptions {
  readonly access: AwsAccess;
  readonly table: string;
  /** Create the table on first use where it is missing. Default: false. */
  readonly createTable?: boolean;
  /** How long archived changes are kept. Default: 400. */
  readonly archiveDays?: number;
  /** How long a call may take, with all the requests it needs. Default: 3000. */
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

/** The governance store in one DynamoDB table, for any number of replicas: conditional writes of single items, and reads by key or by index. */
export function createDynamoDbStore({
  access,
  table: name,
  createTable: mayCreate = false,
  archiveDays = 400,
  timeoutMs = 3000,
  now = Date.now,
}: DynamoDbStoreOptions): GovernanceStore {
  const table = createTable({ access, table: name, createTable: mayCreate, timeoutMs });
  return {
    ledger: createLedgerStore(table),
    openIntents: createOpenIntents(table),
    checkpoints: createCheckpointStore(table),
    requests: createRequestStore(table, now),
    leases: createLeaseStore(table, now),
    deliveries: createDeliveryStore(table, now),
    archive: createChangeArchive(table, archiveDays, now),
    check: () => check(table),
    [Symbol.asyncDispose]: () => table[Symbol.asyncDispose](),
  };
}
