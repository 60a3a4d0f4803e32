import { LedgerUnavailableError } from '../../domain/errors.js';
import type { RequestRecord, RequestStore } from '../store.js';
import { requestKey } from './keys.js';
import { TTL_ATTRIBUTE } from './layout.js';
import { type Item, type Table, textOf } from './table.js';

/** Between a put that met a record and the read of it, that record can go; not again and again. */
const ROUNDS = 5;

export function createRequestStore(table: Table, now: () => number): RequestStore {
  const text = () => new Date(now()).toISOString();
  return {
    begin: (record) =>
      table.run('requests.begin', async (requests) => {
        for (let round = 1; round <= ROUNDS; round += 1) {
          // DynamoDB removes what is over within days, so the time is asked for here.
          const condition = {
            expression: 'attribute_not_exists(pk) OR expiresAt <= :now',
            values: { ':now': text() },
          };
          if (await requests.put(toItem(record), condition)) return record;
          const kept = await requests.get(requestKey(record.key));
          if (kept !== undefined) return toRequest(kept);
        }
        throw new LedgerUnavailableError('Others begin and remove the same request again and again. Try again.', {
          operation: 'requests.begin',
        });
      }),
    find: (key) =>
      table.run('requests.find', async (requests) => {
        const item = await requests.get(requestKey(key));
        return item === undefined || textOf(item, 'expiresAt') <= text() ? null : toRequest(item);
      }),
    replace: (record, holder) =>
      table.run('requests.replace', (requests) => requests.put(toItem(record), heldBy(holder))),
    remove: (key, holder) =>
      table.run('requests.remove', async (requests) => {
        await requests.remove(requestKey(key), heldBy(holder));
      }),
  };
}

function heldBy(holder: string) {
  return { expression: 'holder = :holder', values: { ':holder': holder } };
}

function toItem(record: RequestRecord) {
  const { result, ...rest } = record;
  return {
    ...requestKey(record.key),
    ...rest,
    ...(result === null ? {} : { outcome: result }),
    [TTL_ATTRIBUTE]: Math.ceil(Date.parse(record.expiresAt) / 1000),
  };
}

function toRequest(item: Item): RequestRecord {
  return {
    key: textOf(item, 'key'),
    inputHash: textOf(item, 'inputHash'),
    holder: textOf(item, 'holder'),
    requestId: textOf(item, 'requestId'),
    runningUntil: textOf(item, 'runningUntil'),
    result: item['outcome'] === undefined ? null : textOf(item, 'outcome'),
    expiresAt: textOf(item, 'expiresAt'),
  };
}
