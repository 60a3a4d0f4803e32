import { createHash } from 'node:crypto';
import * as z from 'zod';
import { ConflictError } from '../../src/domain/errors.js';
import type { Item } from './batch-get.js';
import { commandKey, type ItemKey } from './keys.js';
import type { Call, Session } from './session.js';

/** How long a repeated create is recognised; DynamoDB removes the item some time after that. */
const TTL_SECONDS = 24 * 60 * 60;

/** A create that carries a request id: what is kept of it, in the same transaction as its effect. */
export interface Command {
  readonly key: ItemKey;
  readonly digest: string;
}

const commandItem = z.object({ digest: z.string(), version: z.number().optional(), expiresAt: z.number() });

/** The kept item of a command that took effect. */
export interface StoredCommand {
  readonly version: number | undefined;
}

/** Undefined without a request id. The same id of another caller is another command. */
export function commandOf(session: Session, input: { readonly requestId?: string }, call: Call): Command | undefined {
  if (input.requestId === undefined) return undefined;
  const name = sha256([call.options.caller?.name ?? null, input.requestId]);
  return { key: commandKey(session.namespace, name), digest: sha256([call.operation, input]) };
}

/** The put that stands beside a create: it fails when the command has taken effect already. */
export function commandPut(
  session: Session,
  command: Command,
  result: { readonly model: string; readonly version?: number },
) {
  const now = Math.floor(Date.now() / 1000);
  return {
    TableName: session.table,
    Item: { ...command.key, type: 'COMMAND', digest: command.digest, ...result, expiresAt: now + TTL_SECONDS },
    // DynamoDB removes expired items when it finds the time, typically days later.
    ConditionExpression: 'attribute_not_exists(pk) OR expiresAt < :now',
    ExpressionAttributeValues: { ':now': now },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}

/**
 * What the kept item says of this command; null where it does not count any more.
 * @throws ConflictError when the same request id came with another input.
 */
export function storedCommand(
  session: Session,
  command: Command,
  item: Item | undefined,
  call: Call,
): StoredCommand | null {
  const { data: stored } = commandItem.safeParse(item);
  if (stored === undefined || stored.expiresAt < Math.floor(Date.now() / 1000)) return null;
  if (stored.digest === command.digest) return { version: stored.version };
  throw new ConflictError(
    'This request id came before with another input. Use a new request id for a new thing.',
    session.fault(call),
  );
}

function sha256(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, sorted)).digest('hex');
}

/** So that the order in which a caller wrote the fields does not matter. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
