import path from 'node:path';
import type { AwsAccess } from '../../adapters/shared/aws-client.js';
import { createDynamoDbStore } from './dynamodb/index.js';
import { createSqliteStore } from './sqlite/index.js';
import type { GovernanceStore } from './store.js';

/** As the section `governance` of a config has it. */
export interface GovernanceStoreConfig {
  readonly store: SqliteConfig | DynamoDbConfig;
  readonly archiveDays: number;
  readonly timeoutMs: number;
}

interface SqliteConfig {
  readonly kind: 'sqlite';
  readonly file?: string | undefined;
}

interface DynamoDbConfig extends AwsAccess {
  readonly kind: 'dynamodb';
  readonly table: string;
  readonly createTable: boolean;
}

export interface GovernancePlaces {
  /** Where a relative path of a config starts. */
  readonly baseDirectory: string;
  /** Absolute. */
  readonly stateDirectory: string;
}

/** The store that a config names. Nothing is opened before it is used. */
export function createGovernanceStore(
  { store, archiveDays, timeoutMs }: GovernanceStoreConfig,
  places: GovernancePlaces,
): GovernanceStore {
  if (store.kind === 'sqlite') return createSqliteStore({ file: sqliteFileOf(store, places), archiveDays, timeoutMs });
  const { kind: _, table, createTable, ...access } = store;
  return createDynamoDbStore({ access, table, createTable, archiveDays, timeoutMs });
}

/** Absolute path of the file that a config names. */
export function sqliteFileOf({ file }: SqliteConfig, { baseDirectory, stateDirectory }: GovernancePlaces): string {
  return path.resolve(baseDirectory, file ?? path.join(stateDirectory, 'governance.sqlite'));
}
