import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import {
  type ApprovalRecord,
  type DecisionEntry,
  type EntryPlace,
  type SettlementEntry,
  subjectOf,
} from '../../domain/ledger.js';
import { parseVersionId, type VersionRef, versionId } from '../../domain/refs.js';
import { entryText, parseEntry, readableEntry } from '../entry-text.js';
import { indexKeys, isIndexed } from '../index-keys.js';
import { orderRange, walkStart } from '../order.js';
import type { LedgerQuery, LedgerStore, Placed, StoredChain } from '../store.js';
import { entryKey, type ItemKey, indexPartition, versionPartition } from './keys.js';
import { INDEXES } from './layout.js';
import { type Item, type Requests, type Table, textOf } from './table.js';

const ABSENT = { expression: 'attribute_not_exists(pk)' };

export function createLedgerStore(table: Table): LedgerStore {
  return {
    putDecision: (entry) =>
      table.run('ledger.putDecision', (requests) => putOnce(requests, decisionItem(entry), entry)),
    putSettlement: (entry) =>
      table.run('ledger.putSettlement', (requests) => putOnce(requests, entryItem(entry, 'settlement'), entry)),
    chains: (version) => table.run('ledger.chains', (requests) => readChains(requests, version)),
    list: (query) =>
      table.run('ledger.list', async (requests) => {
        const input = indexQuery(query);
        const found = input === null ? [] : await requests.query(input, query.limit + 1);
        const decisions = found.slice(0, query.limit);
        return { items: await withSettlements(requests, decisions), hasMore: found.length > query.limit };
      }),
    walk: (query) =>
      table.run('ledger.walk', async (requests) => {
        const items = await requests.query(walkQuery(walkStart(query)), query.limit);
        const last = items.length < query.limit ? undefined : items.at(-1);
        return {
          versionIds: items.map((item) => textOf(item, 'versionId')),
          next: last === undefined ? null : textOf(last, INDEXES.all.range),
        };
      }),
  };
}

async function putOnce<E extends DecisionEntry | SettlementEntry>(
  requests: Requests,
  item: Item & ItemKey,
  entry: E,
): Promise<E> {
  if (await requests.put(item, ABSENT)) return entry;
  const { pk, sk } = item;
  const first = await requests.get({ pk, sk });
  // Nothing of ours removes one; should somebody, then the next one to read the chain is told.
  return first === undefined ? entry : readable<E>(first);
}

function decisionItem(entry: DecisionEntry): Item & ItemKey {
  return { ...entryItem(entry, 'decision'), ...indexAttributes(entry) };
}

function indexAttributes(entry: DecisionEntry): Item {
  const { orderKey, registryId, modelId, actorId } = indexKeys(entry);
  return {
    [INDEXES.all.range]: orderKey,
    [INDEXES.all.hash]: indexPartition({ by: 'all' }),
    [INDEXES.registry.hash]: indexPartition({ by: 'registry', registryId }),
    [INDEXES.model.hash]: indexPartition({ by: 'model', modelId }),
    ...(actorId === null ? {} : { [INDEXES.actor.hash]: indexPartition({ by: 'actor', actorId }) }),
  };
}

function entryItem(entry: DecisionEntry | SettlementEntry, kind: 'decision' | 'settlement'): Item & ItemKey {
  const { versionId: id, incarnation, sequence } = entry.body;
  const key = entryKey(subjectOf(entry.body), sequence, kind);
  return { ...key, kind, versionId: id, incarnation, sequence, entry: entryText(entry) };
}

async function readChains(requests: Requests, version: VersionRef): Promise<readonly StoredChain[]> {
  const items = await requests.query({
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': versionPartition(versionId(version)) },
    ConsistentRead: true,
  });
  const incarnations = [...new Set(items.map((item) => textOf(item, 'incarnation')))].sort();
  return incarnations.map((incarnation) =>
    toChain(
      { version, incarnation },
      items.filter((item) => item['incarnation'] === incarnation),
    ),
  );
}

function toChain(subject: StoredChain['subject'], items: readonly Item[]): StoredChain {
  const ofKind = (kind: string) => items.filter((item) => item['kind'] === kind);
  const [head] = ofKind('checkpointed');
  return {
    subject,
    decisions: ofKind('decision').map(placedDecision),
    settlements: ofKind('settlement').map(placed<SettlementEntry>),
    checkpointed:
      head === undefined
        ? null
        : {
            subject,
            checkpoint: Number(head['checkpoint']),
            sequence: Number(head['sequence']),
            decisionHash: textOf(head, 'decisionHash'),
            settlementHash: typeof head['settlementHash'] === 'string' ? head['settlementHash'] : null,
          },
  };
}

function placedDecision(item: Item): Placed<DecisionEntry> {
  const decision = placed<DecisionEntry>(item);
  return isIndexed(decision.entry, indexAttributes, item) ? decision : { ...decision, isMisfiled: true };
}

/** Null where nothing can be between the bounds, which DynamoDB would refuse. */
function indexQuery(query: LedgerQuery): Omit<QueryCommandInput, 'TableName'> | null {
  const { index, direction } = query;
  const { above, below } = orderRange(query);
  if (above !== null && below !== null && above >= below) return null;
  return {
    IndexName: index.by,
    KeyConditionExpression: `#hash = :hash${rangeCondition(above, below)}`,
    ExpressionAttributeNames: {
      '#hash': INDEXES[index.by].hash,
      ...(above === null && below === null ? {} : { '#range': INDEXES[index.by].range }),
    },
    ExpressionAttributeValues: { ':hash': indexPartition(index), ...rangeValues(above, below) },
    ScanIndexForward: direction === 'ASC',
  };
}

function walkQuery(start: string): Omit<QueryCommandInput, 'TableName'> {
  const { hash, range } = INDEXES.all;
  // A value of a key must not be empty; every key begins with a digit.
  const above = start === '' ? '0' : start;
  return {
    IndexName: 'all',
    KeyConditionExpression: '#hash = :hash AND #range > :above',
    ExpressionAttributeNames: { '#hash': hash, '#range': range },
    ExpressionAttributeValues: { ':hash': indexPartition({ by: 'all' }), ':above': above },
    ProjectionExpression: 'versionId, #range',
  };
}

function rangeCondition(above: string | null, below: string | null): string {
  if (above !== null && below !== null) return ' AND #range BETWEEN :above AND :below';
  if (above !== null) return ' AND #range > :above';
  return below === null ? '' : ' AND #range < :below';
}

/** BETWEEN takes its bounds in, and there is no other way to give two; so each goes to where no key can be, right beside it. */
function rangeValues(above: string | null, below: string | null): Record<string, string> {
  if (above !== null && below !== null) {
    const last = below.charCodeAt(below.length - 1);
    return { ':above': `${above} `, ':below': `${below.slice(0, -1)}${String.fromCharCode(last - 1)}~` };
  }
  return { ...(above === null ? {} : { ':above': above }), ...(below === null ? {} : { ':below': below }) };
}

/** Only intents have any, so only theirs are looked for. */
async function withSettlements(requests: Requests, items: readonly Item[]): Promise<readonly ApprovalRecord[]> {
  const decisions = items.map((item) => ({ decision: readable<DecisionEntry>(item), key: settlementKey(item) }));
  const intents = decisions.filter(({ decision }) => decision.body.state === 'INTENDED');
  const found = await requests.batchGet(intents.map(({ key }) => key));
  const settlements = new Map(found.map((item) => [keyText(item), item]));
  return decisions.map(({ key, decision }) => {
    const item = settlements.get(keyText(key));
    return { decision, settlement: item === undefined ? null : readable<SettlementEntry>(item) };
  });
}

function settlementKey(decision: Item): ItemKey {
  const { versionId: id, incarnation, sequence } = placeOf(decision);
  return entryKey({ version: parseVersionId(id), incarnation }, sequence, 'settlement');
}

function keyText({ pk, sk }: Item | ItemKey): string {
  return `${String(pk)}\n${String(sk)}`;
}

function placed<E extends DecisionEntry | SettlementEntry>(item: Item): Placed<E> {
  return { sequence: Number(item['sequence']), entry: parseEntry<E>(textOf(item, 'entry')) };
}

function readable<E extends DecisionEntry | SettlementEntry>(item: Item): E {
  return readableEntry<E>(textOf(item, 'entry'), placeOf(item));
}

function placeOf(item: Item): EntryPlace {
  return {
    versionId: textOf(item, 'versionId'),
    incarnation: textOf(item, 'incarnation'),
    sequence: Number(item['sequence']),
  };
}
