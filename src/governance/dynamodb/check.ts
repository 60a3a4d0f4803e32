import { LedgerUnavailableError } from '../../domain/errors.js';
import type { CheckResult } from '../../domain/registry.js';
import { indexPartition, leaseKey } from './keys.js';
import { INDEXES, layoutFaults } from './layout.js';
import type { Requests, Table } from './table.js';

const KEY = leaseKey('check');
/** No item meets it, so a write under it changes nothing and still needs the permission to write. */
const NEVER = 'attribute_exists(pk) AND attribute_not_exists(pk)';

const ACTIONS: Readonly<Record<string, (requests: Requests) => Promise<unknown>>> = {
  'dynamodb:GetItem': (requests) => requests.get(KEY),
  'dynamodb:BatchGetItem': (requests) => requests.batchGet([KEY]),
  'dynamodb:PutItem': (requests) => requests.put({ ...KEY }, { expression: NEVER }),
  'dynamodb:UpdateItem': (requests) =>
    requests.update({
      Key: KEY,
      UpdateExpression: 'SET expiresAt = :none',
      ConditionExpression: NEVER,
      ExpressionAttributeValues: { ':none': '' },
    }),
  'dynamodb:DeleteItem': (requests) => requests.remove(KEY, { expression: NEVER }),
  'dynamodb:Query': (requests) =>
    requests.query({ KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': KEY.pk } }, 1),
  ...Object.fromEntries(
    Object.entries(INDEXES).map(([IndexName, { hash }]) => [
      `dynamodb:Query ${IndexName}`,
      (requests: Requests) =>
        requests.query(
          {
            IndexName,
            KeyConditionExpression: '#hash = :hash',
            ExpressionAttributeNames: { '#hash': hash },
            ExpressionAttributeValues: { ':hash': indexPartition({ by: 'all' }) },
          },
          1,
        ),
    ]),
  ),
};

/** The table's layout, and every permission that the store needs. */
export async function check(table: Table): Promise<readonly CheckResult[]> {
  const actions = Object.entries(ACTIONS).map(([name, act]) =>
    result(name, async () => {
      await table.run('check', act);
      return { ok: true, message: `${name} is allowed.` };
    }),
  );
  return Promise.all([result('dynamodb:DescribeTable', () => describeLayout(table)), ...actions]);
}

async function describeLayout(table: Table): Promise<Omit<CheckResult, 'name'>> {
  const faults = layoutFaults(await table.run('check', (requests) => requests.describe()));
  if (faults.length === 0) return { ok: true, message: `The table ${table.name} is there with all its indexes.` };
  return {
    ok: false,
    message: `The table ${table.name} is not as the governance store needs it: ${faults.join('; ')}.`,
  };
}

async function result(name: string, attempt: () => Promise<Omit<CheckResult, 'name'>>): Promise<CheckResult> {
  try {
    return { name, ...(await attempt()) };
  } catch (error) {
    if (!(error instanceof LedgerUnavailableError)) throw error;
    return { name, ok: false, message: error.message };
  }
}
