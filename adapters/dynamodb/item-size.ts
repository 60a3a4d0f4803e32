import { InvalidInputError, type RegistryErrorOptions } from '../../src/domain/errors.js';
import type { DecisionMark } from '../../src/domain/model.js';
import { quote } from '../../src/domain/refs.js';

/** DynamoDB's limit for one item, less what our estimate may be off. */
const ITEM_BYTES_MAX = 400 * 1024 - 2048;
/** The limit counts an item together with its copy in a local index, so a version has half of it. */
const VERSION_BYTES_MAX = ITEM_BYTES_MAX / 2;
/** Kept free in every version: whatever else it holds, it can be decided upon. */
const DECISION_BYTES_MAX = 8 * 1024;
/** What a decision leaves in a version's item. */
const DECISION_ATTRIBUTES: readonly string[] = ['decision', 'approvalComment'];
const UTF8 = new TextEncoder();

/** @throws InvalidInputError when DynamoDB would refuse the model's item, or a value of it. */
export function checkModelSize(item: object, fault: RegistryErrorOptions): void {
  checkSize(item, ITEM_BYTES_MAX, fault);
}

/** As `checkModelSize`, for a version: what its decision takes has room of its own. */
export function checkVersionSize(item: object, fault: RegistryErrorOptions): void {
  const rest = Object.entries(item).filter(([attribute]) => !DECISION_ATTRIBUTES.includes(attribute));
  checkSize(Object.fromEntries(rest), VERSION_BYTES_MAX - DECISION_BYTES_MAX, fault);
}

/** As `checkVersionSize`, for an item that others may have filled to the brim. */
export function checkDecidedSize(item: object, fault: RegistryErrorOptions): void {
  checkSize(item, VERSION_BYTES_MAX, fault);
}

/** @throws InvalidInputError when the mark does not fit into the room that every version keeps for it. */
export function checkMarkSize(mark: DecisionMark, fault: RegistryErrorOptions): void {
  if (sizeOf({ decision: mark, approvalComment: mark.comment }, fault) <= DECISION_BYTES_MAX) return;
  throw new InvalidInputError(
    `A decision has ${DECISION_BYTES_MAX / 1024} KB in an item of the table. Shorten the comment.`,
    fault,
  );
}

function checkSize(item: object, max: number, fault: RegistryErrorOptions): void {
  if (sizeOf(item, fault) <= max) return;
  throw new InvalidInputError(
    `All fields together are more than the ${Math.floor(max / 1024)} KB that fit into one item of the table. Shorten them.`,
    fault,
  );
}

/** As DynamoDB counts, rounded up: UTF-8 bytes of names and texts, 3 bytes for a list or map and 1 for each of its entries. */
function sizeOf(value: unknown, fault: RegistryErrorOptions): number {
  if (typeof value === 'string') return textSize(value, fault);
  if (typeof value === 'number') return 21;
  if (typeof value !== 'object' || value === null) return 1;
  if (value instanceof Uint8Array) return value.byteLength;
  // Sets and bytes are attributes of others: nothing of ours is one.
  if (value instanceof Set) return sizeOf([...value], fault);
  const isList = Array.isArray(value);
  return Object.entries(value).reduce(
    (sum, [key, each]) => sum + 1 + (isList ? 0 : textSize(key, fault)) + sizeOf(each, fault),
    3,
  );
}

function textSize(value: string, fault: RegistryErrorOptions): number {
  if (value.isWellFormed()) return UTF8.encode(value).length;
  throw new InvalidInputError(
    `${quote(value)} holds a lone surrogate, which the table cannot hold. Send well-formed text.`,
    fault,
  );
}
