import { NotFoundError, RegistryError } from '../../src/domain/errors.js';
import type { ModelRecord, ModelVersionRecord } from '../../src/domain/model.js';
import { type ModelRef, quote, type VersionRef } from '../../src/domain/refs.js';
import type { Lookup } from '../../src/domain/registry.js';
import { batchGet, type Item, type Items } from './batch-get.js';
import { type ItemKey, modelKey, versionKey, versionNumber } from './keys.js';
import { getModels, getVersions } from './lookup.js';
import { revOf, type StoredModel, toModel, toVersion } from './map.js';
import { type DynamoDbRegistry, isOurs, mapContext } from './registry.js';
import type { Call } from './session.js';

// What a write is decided by: items as they are now, read consistently, with the `rev` that the write is conditional on.

export interface CurrentModel {
  readonly key: ItemKey;
  readonly item: Item;
  readonly rev: number;
  readonly stored: StoredModel;
}

export interface CurrentVersion {
  readonly key: ItemKey;
  readonly item: Item;
  readonly rev: number;
  readonly record: ModelVersionRecord;
}

/** @throws NotFoundError */
export async function readModel(registry: DynamoDbRegistry, ref: ModelRef, call: Call): Promise<CurrentModel> {
  if (!isOurs(registry, ref)) throw noModel(registry, ref, call);
  const key = modelKey(registry.session.namespace, ref.name);
  const model = currentModel(registry, key, await batchGet(registry.session, [key], call, true), call);
  if (model === null) throw noModel(registry, ref, call);
  return model;
}

/** The version alone: what is wrong with the model's item is no business of a write that does not touch it. @throws NotFoundError */
export async function readVersion(registry: DynamoDbRegistry, ref: VersionRef, call: Call): Promise<CurrentVersion> {
  const key = keyOf(registry, ref, call);
  return currentVersion(registry, ref, key, await batchGet(registry.session, [key], call, true), call);
}

/** A version whose model is null is left over from the deletion of its model. @throws NotFoundError where the version is missing. */
export async function readVersionAndModel(
  registry: DynamoDbRegistry,
  ref: VersionRef,
  call: Call,
): Promise<{ readonly version: CurrentVersion; readonly model: CurrentModel | null }> {
  const keys = { version: keyOf(registry, ref, call), model: modelKey(registry.session.namespace, ref.name) };
  const items = await batchGet(registry.session, [keys.version, keys.model], call, true);
  return {
    version: currentVersion(registry, ref, keys.version, items, call),
    model: currentModel(registry, keys.model, items, call),
  };
}

/** What the registry says after the write. @throws NotFoundError where others have deleted it since. */
export async function readBackModel(registry: DynamoDbRegistry, ref: ModelRef, call: Call): Promise<ModelRecord> {
  const [found = null] = await getModels(registry, [ref], strongly(call));
  return there(found, () => noModel(registry, ref, call));
}

/** As `readBackModel`. */
export async function readBackVersion(
  registry: DynamoDbRegistry,
  ref: VersionRef,
  call: Call,
): Promise<ModelVersionRecord> {
  const [found = null] = await getVersions(registry, [ref], strongly(call));
  return there(found, () => noVersion(registry, ref, call));
}

export function noModel({ session }: DynamoDbRegistry, ref: ModelRef, call: Call): NotFoundError {
  return new NotFoundError(
    `There is no model ${quote(ref.name)} in this registry. Check the name, or create it first.`,
    session.fault(call),
  );
}

export function noVersion({ session }: DynamoDbRegistry, ref: VersionRef, call: Call): NotFoundError {
  return new NotFoundError(
    `There is no version ${quote(ref.version)} of ${quote(ref.name)} in this registry. Check both, or register it first.`,
    session.fault(call),
  );
}

function keyOf(registry: DynamoDbRegistry, ref: VersionRef, call: Call): ItemKey {
  const number = versionNumber(ref.version);
  if (number === undefined || !isOurs(registry, ref)) throw noVersion(registry, ref, call);
  return versionKey(registry.session.namespace, ref.name, number);
}

function currentVersion(
  registry: DynamoDbRegistry,
  ref: VersionRef,
  key: ItemKey,
  items: Items,
  call: Call,
): CurrentVersion {
  const context = mapContext(registry, call);
  const item = there(items.get(key) ?? null, () => noVersion(registry, ref, call));
  return { key, item, rev: revOf(item, context), record: toVersion(item, context) };
}

function currentModel(registry: DynamoDbRegistry, key: ItemKey, items: Items, call: Call): CurrentModel | null {
  const context = mapContext(registry, call);
  const item = items.get(key);
  if (item === undefined) return null;
  if (item instanceof RegistryError) throw item;
  return { key, item, rev: revOf(item, context), stored: toModel(item, context) };
}

function there<R>(found: Lookup<R>, missing: () => NotFoundError): R {
  if (found instanceof RegistryError) throw found;
  if (found === null) throw missing();
  return found;
}

function strongly({ operation, options }: Call): Call {
  return { operation, options: { ...options, consistency: 'strong' } };
}
