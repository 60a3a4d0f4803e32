import type {
  CreateTableCommandInput,
  GlobalSecondaryIndexDescription,
  KeySchemaElement,
  LocalSecondaryIndexDescription,
  TableDescription,
} from '@aws-sdk/client-dynamodb';

interface IndexKeys {
  readonly hash: string;
  readonly range: string;
}

export const TABLE_KEYS: IndexKeys = { hash: 'pk', range: 'sk' };

/** An item is in an index only if it has both of its attributes: decisions alone have `orderKey`. */
export const INDEXES = {
  all: { kind: 'global', hash: 'ledger', range: 'orderKey' },
  registry: { kind: 'global', hash: 'registry', range: 'orderKey' },
  model: { kind: 'global', hash: 'model', range: 'orderKey' },
  actor: { kind: 'global', hash: 'actor', range: 'orderKey' },
  version: { kind: 'local', hash: 'pk', range: 'orderKey' },
} as const satisfies Record<string, IndexKeys & { kind: 'global' | 'local' }>;

/** Epoch seconds after which DynamoDB may remove an item; only requests have it. */
export const TTL_ATTRIBUTE = 'forgetAt';

/** What `CreateTable` needs. */
export function tableDefinition(table: string): CreateTableCommandInput {
  const keys = [TABLE_KEYS, ...Object.values(INDEXES)];
  const attributes = new Set(keys.flatMap(({ hash, range }) => [hash, range]));
  return {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [...attributes].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    KeySchema: keySchema(TABLE_KEYS),
    GlobalSecondaryIndexes: indexDefinitions('global'),
    LocalSecondaryIndexes: indexDefinitions('local'),
  };
}

/** What differs from the layout, in words; empty when nothing does. */
export function layoutFaults(table: TableDescription): readonly string[] {
  const found = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])];
  return [
    ...keyFaults('the table', TABLE_KEYS, table.KeySchema),
    ...Object.entries(INDEXES).flatMap(([name, keys]) => indexFaults(name, keys, found)),
  ];
}

function indexFaults(
  name: string,
  keys: IndexKeys & { readonly kind: string },
  found: readonly (GlobalSecondaryIndexDescription | LocalSecondaryIndexDescription)[],
): readonly string[] {
  const index = found.find(({ IndexName }) => IndexName === name);
  if (index === undefined) return [`the ${keys.kind} index "${name}" is missing`];
  const faults = keyFaults(`the index "${name}"`, keys, index.KeySchema);
  return index.Projection?.ProjectionType === 'ALL' ? faults : [...faults, `the index "${name}" must project ALL`];
}

function keyFaults(what: string, keys: IndexKeys, schema: readonly KeySchemaElement[] | undefined): readonly string[] {
  const found = new Map(schema?.map(({ KeyType, AttributeName }) => [KeyType, AttributeName]));
  if (found.get('HASH') === keys.hash && found.get('RANGE') === keys.range) return [];
  return [`${what} must have the keys ${keys.hash} (HASH) and ${keys.range} (RANGE), both strings`];
}

function indexDefinitions(kind: 'global' | 'local') {
  return Object.entries(INDEXES)
    .filter(([, index]) => index.kind === kind)
    .map(([name, keys]) => ({
      IndexName: name,
      KeySchema: keySchema(keys),
      Projection: { ProjectionType: 'ALL' as const },
    }));
}

function keySchema(keys: IndexKeys): KeySchemaElement[] {
  return [
    { AttributeName: keys.hash, KeyType: 'HASH' },
    { AttributeName: keys.range, KeyType: 'RANGE' },
  ];
}
