import { approvalId } from '../../domain/ledger.js';
import { parseVersionId, versionId } from '../../domain/refs.js';
import { orderKey } from '../order.js';
import type {
  CheckpointedHead,
  CheckpointStore,
  KeptCheckpoint,
  OpenIntent,
  OpenIntents,
  StoredCheckpoint,
} from '../store.js';
import { checkpointKey, headKey, INTENTS, type ItemKey } from './keys.js';
import { type Item, type Table, textOf } from './table.js';

export function createOpenIntents(table: Table): OpenIntents {
  return {
    note: (intent) =>
      table.run('openIntents.note', async (requests) => {
        const { subject, sequence, dueAt } = intent;
        const place = { versionId: versionId(subject.version), incarnation: subject.incarnation, sequence };
        await requests.put({ ...intentKey(intent), ...place, dueAt });
      }),
    remove: (intent) =>
      table.run('openIntents.remove', async (requests) => {
        await requests.remove(intentKey(intent));
      }),
    due: (now, limit) =>
      table.run('openIntents.due', async (requests) => {
        const items = await requests.query(
          {
            KeyConditionExpression: 'pk = :pk AND sk < :end',
            // The keys of that very time begin with it and `#`, which is right before `$`.
            ExpressionAttributeValues: { ':pk': INTENTS, ':end': `${now}$` },
            ConsistentRead: true,
          },
          limit,
        );
        return items.map(toIntent);
      }),
  };
}

export function createCheckpointStore(table: Table): CheckpointStore {
  return {
    put: async (checkpoint) => {
      const isThere = await putCheckpoint(table, checkpoint);
      if (isThere) await noteHeads(table, checkpoint);
      return isThere;
    },
    latest: () =>
      table.run('checkpoints.latest', async (requests) => {
        const [item] = await requests.query(
          {
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': checkpointKey(0).pk },
            ScanIndexForward: false,
            ConsistentRead: true,
          },
          1,
        );
        return item === undefined ? null : toCheckpoint(item);
      }),
    list: (after, limit) =>
      table.run('checkpoints.list', async (requests) => {
        const { pk, sk } = checkpointKey(after);
        const items = await requests.query(
          {
            KeyConditionExpression: 'pk = :pk AND sk > :after',
            ExpressionAttributeValues: { ':pk': pk, ':after': sk },
            ConsistentRead: true,
          },
          limit,
        );
        return items.map(toCheckpoint);
      }),
  };
}

function putCheckpoint(table: Table, { number, text }: StoredCheckpoint): Promise<boolean> {
  return table.run('checkpoints.put', async (requests) => {
    const key = checkpointKey(number);
    if (await requests.put({ ...key, number, text }, { expression: 'attribute_not_exists(pk)' })) return true;
    return (await requests.get(key))?.['text'] === text;
  });
}

const NOTED_AT_ONCE = 8;

/** Each with a time limit of its own: there may be hundreds. */
async function noteHeads(table: Table, { number, heads }: StoredCheckpoint): Promise<void> {
  const left = [...heads];
  const work = async () => {
    for (let head = left.pop(); head !== undefined; head = left.pop()) await noteHead(table, number, head);
  };
  await Promise.all(Array.from({ length: NOTED_AT_ONCE }, work));
}

function noteHead(table: Table, checkpoint: number, head: CheckpointedHead): Promise<boolean> {
  const { subject, sequence, decisionHash, settlementHash } = head;
  const item = {
    ...headKey(subject),
    kind: 'checkpointed',
    versionId: versionId(subject.version),
    incarnation: subject.incarnation,
    checkpoint,
    sequence,
    decisionHash,
    ...(settlementHash === null ? {} : { settlementHash }),
  };
  const condition = {
    expression: 'attribute_not_exists(pk) OR checkpoint < :checkpoint',
    values: { ':checkpoint': checkpoint },
  };
  return table.run('checkpoints.put', (requests) => requests.put(item, condition));
}

function intentKey({ subject, sequence, dueAt }: OpenIntent): ItemKey {
  return { pk: INTENTS, sk: orderKey({ recordedAt: dueAt, approvalId: approvalId({ ...subject, sequence }) }) };
}

function toIntent(item: Item): OpenIntent {
  return {
    subject: { version: parseVersionId(textOf(item, 'versionId')), incarnation: textOf(item, 'incarnation') },
    sequence: Number(item['sequence']),
    dueAt: textOf(item, 'dueAt'),
  };
}

function toCheckpoint(item: Item): KeptCheckpoint {
  return { number: Number(item['number']), text: textOf(item, 'text') };
}
