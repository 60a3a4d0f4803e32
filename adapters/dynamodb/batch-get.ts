import type { KeysAndAttributes } from '@aws-sdk/client-dynamodb';
import { RateLimitedError, type RegistryError } from '../../src/domain/errors.js';
import { undocumentedAnswer } from './errors.js';
import type { ItemKey } from './keys.js';
import { pause } from './pause.js';
import type { Call, Session } from './session.js';

/** DynamoDB's own limit of keys in one BatchGetItem. */
const KEYS_PER_CALL = 100;
/** DynamoDB may leave keys out of an answer when it is busy or the answer is full; this often they are asked for again. */
const ROUNDS_MAX = 5;
const FIRST_PAUSE_MS = 25;

/** An item as DynamoDB gave it: anyone may have written it, so nothing about it is sure. */
export interface Item {
  readonly pk?: unknown;
  readonly sk?: unknown;
  readonly model?: unknown;
  readonly rev?: unknown;
  readonly [attribute: string]: unknown;
}

/** Items by key. */
export interface Items {
  /** The item, undefined for a missing one, or why it could not be read. */
  get(key: ItemKey): Item | RegistryError | undefined;
}

/** One call per 100 different keys; `strong` where the call asks for it. Keys may repeat. With `attributes` only those are read, and the key. */
export async function batchGet(
  session: Session,
  keys: readonly ItemKey[],
  call: Call,
  strong = false,
  attributes: readonly string[] = [],
): Promise<Items> {
  const distinct = [...new Map(keys.map((key) => [keyText(key), { pk: key.pk, sk: key.sk }])).values()];
  const chunks: ItemKey[][] = [];
  for (let start = 0; start < distinct.length; start += KEYS_PER_CALL) {
    chunks.push(distinct.slice(start, start + KEYS_PER_CALL));
  }
  const isStrong = strong || call.options.consistency === 'strong';
  const how = { ConsistentRead: isStrong, ...projection(attributes) };
  const parts = await Promise.all(chunks.map((chunk) => getChunk(session, chunk, call, how)));
  const found = new Map(parts.flat());
  return { get: (key) => found.get(keyText(key)) };
}

async function getChunk(
  session: Session,
  keys: readonly ItemKey[],
  call: Call,
  how: Omit<KeysAndAttributes, 'Keys'>,
): Promise<readonly (readonly [string, Item | RegistryError])[]> {
  const { table } = session;
  const found: (readonly [string, Item | RegistryError])[] = [];
  let wanted: readonly Item[] = keys.map((key) => ({ ...key }));
  for (let round = 0; wanted.length > 0 && round < ROUNDS_MAX; round += 1) {
    if (round > 0) await pause(FIRST_PAUSE_MS * 2 ** round, session, call);
    const request = { Keys: wanted.map((key) => ({ ...key })), ...how };
    const answer = await session.batchGet({ RequestItems: { [table]: request } }, call);
    const items = answer.Responses?.[table] ?? [];
    wanted = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    if (answer.Responses === undefined) throw undocumentedAnswer(session.fault(call));
    found.push(...items.map((item) => [keyText(item), item] as const));
  }
  const busy = new RateLimitedError(
    'DynamoDB left out this item again and again. Try again in a moment.',
    session.fault(call),
  );
  return [...found, ...wanted.map((key) => [keyText(key), busy] as const)];
}

function projection(attributes: readonly string[]): Omit<KeysAndAttributes, 'Keys'> {
  if (attributes.length === 0) return {};
  const names = ['pk', 'sk', ...attributes];
  return {
    ProjectionExpression: names.map((_, index) => `#${index}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#${index}`, name])),
  };
}

// No key has a line feed in front of its sort key's fixed beginning, so the text names one item.
function keyText(key: Item | ItemKey): string {
  return `${String(key.pk)}\n${String(key.sk)}`;
}
