import { InvalidInputError, type RegistryErrorOptions } from '../../src/domain/errors.js';
import type { Tag } from '../../src/domain/model.js';
import { quote } from '../../src/domain/refs.js';
import type { NewModel, NewVersion } from '../../src/domain/registry.js';
import { tagsWithOwner } from '../shared/owner.js';
import { modelKeys, versionKeys } from './keys.js';

/** DynamoDB's limit for one item, less what our estimate may be off. */
const ITEM_BYTES_MAX = 400 * 1024 - 2048;
/** The limit counts an item together with its copy in a local index, so a version has half of it. */
const VERSION_BYTES_MAX = ITEM_BYTES_MAX / 2;
const UTF8 = new TextEncoder();

/** What the registry itself adds to a new item. */
export interface Registration {
  readonly namespace: string;
  readonly createdAt: string;
  readonly caller: { readonly name: string } | undefined;
}

/** @throws InvalidInputError when a value does not fit. */
export function newModelItem(
  input: NewModel,
  { ownerTag, registryId }: { readonly ownerTag: string; readonly registryId: string },
  { namespace, createdAt, caller }: Registration,
  fault: RegistryErrorOptions,
) {
  const item = withoutNulls({
    ...modelKeys(namespace, input.name),
    type: 'MODEL',
    description: input.description,
    tags: toMap(tagsWithOwner(input, ownerTag, registryId), fault),
    aliases: {},
    createdAt,
    createdBy: creator(caller),
    updatedAt: createdAt,
    lastVersion: 0,
    rev: 1,
  });
  checkSize(item, ITEM_BYTES_MAX, fault);
  return item;
}

/** @throws InvalidInputError when a value does not fit. */
export function newVersionItem(
  input: NewVersion,
  number: number,
  { namespace, createdAt, caller }: Registration,
  fault: RegistryErrorOptions,
) {
  const { name } = input.model;
  const item = withoutNulls({
    ...versionKeys(namespace, { name, number, createdAt, status: 'PENDING' }),
    type: 'VERSION',
    model: name,
    number,
    description: input.description,
    registrationStatus: 'READY',
    approvalStatus: 'PENDING',
    approvalStatusSince: createdAt,
    tags: toMap(input.tags ?? [], fault),
    metadata: toMap(input.metadata ?? [], fault),
    createdAt,
    createdBy: creator(caller),
    updatedAt: createdAt,
    artifacts: input.artifacts.map(withoutNulls),
    lineage: input.lineage === undefined ? undefined : withoutNulls(input.lineage),
    inference: input.inference === undefined ? undefined : withoutNulls(input.inference),
    rev: 1,
  });
  checkSize(item, VERSION_BYTES_MAX, fault);
  return item;
}

/** Whether a person or a program calls is not known here. */
function creator(caller: Registration['caller']) {
  return caller === undefined ? undefined : { name: caller.name, kind: 'UNKNOWN' };
}

function toMap(tags: readonly Tag[], fault: RegistryErrorOptions): Readonly<Record<string, string>> {
  // The SDK reads an item's map into a JavaScript object, which cannot hold that key.
  if (tags.some(({ key }) => key === '__proto__')) {
    throw new InvalidInputError('A tag or metadata key cannot be "__proto__" here. Choose another key.', fault);
  }
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

/** An absent attribute says the same as null, and is easier to read in the table. */
function withoutNulls<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, each]) => each !== null && each !== undefined),
  ) as Partial<T>;
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
