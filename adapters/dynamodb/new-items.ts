import { ulid } from 'ulid';
import { InvalidInputError, type RegistryErrorOptions } from '../../src/domain/errors.js';
import type { Tag } from '../../src/domain/model.js';
import type { CallOptions, NewModel, NewVersion } from '../../src/domain/registry.js';
import { tagsWithOwner } from '../shared/owner.js';
import { cardItem, metricItem } from './evidence-items.js';
import { checkModelSize, checkVersionSize } from './item-size.js';
import { modelKeys, versionKeys } from './keys.js';

/** What the registry itself adds to a new item. */
export interface Registration {
  readonly namespace: string;
  readonly createdAt: string;
  readonly caller: CallOptions['caller'];
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
  checkModelSize(item, fault);
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
    incarnation: ulid(Date.parse(createdAt)),
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
    metrics: input.metrics?.map((metric) => withoutNulls(metricItem(metric))),
    parameters: input.parameters === undefined ? undefined : toMap(input.parameters, fault),
    reports: input.reports?.map(withoutNulls),
    modelCard: cardItem(input.modelCard),
    rev: 1,
  });
  checkVersionSize(item, fault);
  return item;
}

/** @throws InvalidInputError for a key that cannot be one here. */
export function toMap(tags: readonly Tag[], fault: RegistryErrorOptions): Readonly<Record<string, string>> {
  // The SDK reads an item's map into a JavaScript object, which cannot hold that key.
  if (tags.some(({ key }) => key === '__proto__')) {
    throw new InvalidInputError('A key cannot be "__proto__" here. Choose another key.', fault);
  }
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

/** An absent attribute says the same as null, and is easier to read in the table. */
export function withoutNulls<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, each]) => each !== null && each !== undefined),
  ) as Partial<T>;
}

function creator(caller: Registration['caller']) {
  return caller === undefined ? undefined : withoutNulls({ ...caller, kind: 'USER' });
}
