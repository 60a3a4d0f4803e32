import { ConflictError, PermissionDeniedError, RegistryError } from '../../src/domain/errors.js';
import type { CallOptions, CheckResult } from '../../src/domain/registry.js';
import { batchGet } from './batch-get.js';
import { queryRange } from './query-range.js';
import type { DynamoDbRegistry } from './registry.js';
import type { Call, Session } from './session.js';
import type { StreamClient } from './stream-client.js';
import { globalIndexes, LOCAL_INDEXES, layoutFaults } from './table.js';

/** No item meets it, so a write under it changes nothing and still needs the permission to write. */
const NEVER = 'attribute_exists(pk) AND attribute_not_exists(pk)';

/**
 * The table's layout, and every permission that the adapter's methods need. A transaction needs those of its parts and none of its own.
 *
 * @param stream Given where the stream is to be read as well.
 */
export async function check(
  { session }: DynamoDbRegistry,
  options: CallOptions,
  stream: StreamClient | null = null,
): Promise<readonly CheckResult[]> {
  const call = { operation: 'check', options };
  const key = { pk: `REG#${session.namespace}#CHECK`, sk: 'CHECK' };
  const conditionCheck = {
    ConditionCheck: { TableName: session.table, Key: key, ConditionExpression: NEVER },
  };
  const indexes = Object.entries({ ...globalIndexes(session.parts), ...LOCAL_INDEXES });
  return Promise.all([
    result('dynamodb:DescribeTable', () => describeLayout(session, call)),
    result('dynamodb:BatchGetItem', async () => {
      await batchGet(session, [key], call);
      return allowed('dynamodb:BatchGetItem');
    }),
    ...indexes.map(([index, { hash, range }]) => result(`dynamodb:Query ${index}`, () => tryIndex(index, hash, range))),
    result('dynamodb:PutItem', () =>
      refusal(session.put({ Item: key, ConditionExpression: NEVER }, call), 'dynamodb:PutItem'),
    ),
    result('dynamodb:UpdateItem', () =>
      refusal(session.update({ Key: key, ConditionExpression: NEVER }, call), 'dynamodb:UpdateItem'),
    ),
    result('dynamodb:DeleteItem', () =>
      refusal(session.remove({ Key: key, ConditionExpression: NEVER }, call), 'dynamodb:DeleteItem'),
    ),
    result('dynamodb:ConditionCheckItem', () =>
      refusal(session.transactWrite({ TransactItems: [conditionCheck] }, call), 'dynamodb:ConditionCheckItem'),
    ),
    ...(stream === null ? [] : [result('dynamodb:GetRecords', () => readStreamOnce(session, stream, options))]),
  ]);

  async function tryIndex(index: string, attribute: string, range: string): Promise<Finding> {
    const hash = { attribute, value: key.pk };
    const first = { index, hash, range: { attribute: range }, direction: 'ASC', limit: 1, consistent: false } as const;
    await queryRange(session, first, call);
    return allowed(`dynamodb:Query on the index ${index}`);
  }
}

type Finding = Omit<CheckResult, 'name'>;

async function result(name: string, attempt: () => Promise<Finding>): Promise<CheckResult> {
  try {
    return { name, ...(await attempt()) };
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const missing = error instanceof PermissionDeniedError ? error.missingPermission : undefined;
    return { name: missing ?? name, ok: false, message: error.message };
  }
}

async function describeLayout(session: Session, call: Call): Promise<Finding> {
  const { Table: description } = await session.describe(call);
  const faults = layoutFaults(description ?? {}, session.parts);
  if (faults.length === 0) return { ok: true, message: `The table ${session.table} is there with all its indexes.` };
  const message = `The table ${session.table} differs from docs/dynamodb-table.md: ${faults.join('; ')}.`;
  return { ok: false, message };
}

/** Each of the three calls needs a permission of its own, and the one that is missing is named. */
async function readStreamOnce({ table }: Session, stream: StreamClient, { signal }: CallOptions): Promise<Finding> {
  const current = await stream.current(signal);
  if (current === null) {
    return {
      ok: false,
      message: `The table ${table} has no stream. Switch it on, or take \`stream\` out of the options.`,
    };
  }
  const shard = (await stream.shards(current, signal))?.find(({ isClosed }) => !isClosed);
  const opened = shard === undefined ? null : await stream.iterator(current, shard.id, 'LATEST', signal);
  if (opened !== null && typeof opened !== 'string') await stream.records(opened.iterator, signal);
  return { ok: true, message: `The stream of the table ${table} can be read.` };
}

async function refusal(write: Promise<void>, action: string): Promise<Finding> {
  try {
    await write;
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
  return allowed(action);
}

function allowed(action: string): Finding {
  return { ok: true, message: `${action} is allowed.` };
}
