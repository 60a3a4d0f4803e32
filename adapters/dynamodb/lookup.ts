import { RegistryError } from '../../src/domain/errors.js';
import type { EvidencePart, EvidenceRecord, ModelRecord, ModelVersionRecord } from '../../src/domain/model.js';
import type { ModelRef, VersionRef } from '../../src/domain/refs.js';
import type { Lookup } from '../../src/domain/registry.js';
import { batchGet, type Item } from './batch-get.js';
import { EVIDENCE_ATTRIBUTES, toEvidence } from './evidence-items.js';
import { type ItemKey, modelKey, versionKey, versionNumber } from './keys.js';
import { toModel, toVersion } from './map.js';
import { parseNativeId } from './native-id.js';
import { type DynamoDbRegistry, isOurs, mapContext } from './registry.js';
import type { Call } from './session.js';

/** One call per 100 models. */
export async function getModels(
  registry: DynamoDbRegistry,
  refs: readonly ModelRef[],
  call: Call,
): Promise<readonly Lookup<ModelRecord>[]> {
  const keys = refs.map((ref) => (isOurs(registry, ref) ? modelKey(registry.session.namespace, ref.name) : null));
  const items = await batchGet(
    registry.session,
    keys.filter((key) => key !== null),
    call,
  );
  const context = mapContext(registry, call);
  return keys.map((key) => (key === null ? null : lookup(items.get(key), (item) => toModel(item, context).record)));
}

/** One call per 100 versions and models: the models come along for the versions' aliases. */
export async function getVersions(
  registry: DynamoDbRegistry,
  refs: readonly VersionRef[],
  call: Call,
): Promise<readonly Lookup<ModelVersionRecord>[]> {
  const { namespace } = registry.session;
  const wanted = refs.map((ref) => wantedVersion(registry, ref));
  const keys = wanted.flatMap((each) => (each === null ? [] : [each.key, modelKey(namespace, each.name)]));
  const items = await batchGet(registry.session, keys, call);
  const context = mapContext(registry, call);
  return wanted.map((each) => {
    if (each === null) return null;
    const model = lookup(items.get(modelKey(namespace, each.name)), (item) => toModel(item, context).record);
    // Without its model's item a version is as it is; only its aliases are not known.
    const known = model === null || model instanceof RegistryError ? undefined : model;
    return lookup(items.get(each.key), (item) => toVersion(item, context, known));
  });
}

/** One call per 100 versions, which reads the parts that are asked for and no more of the items. */
export async function getEvidence(
  registry: DynamoDbRegistry,
  refs: readonly VersionRef[],
  parts: readonly EvidencePart[],
  call: Call,
): Promise<readonly Lookup<EvidenceRecord>[]> {
  const wanted = refs.map((ref) => wantedVersion(registry, ref)?.key ?? null);
  const keys = wanted.filter((key) => key !== null);
  const attributes = ['number', ...parts.map((part) => EVIDENCE_ATTRIBUTES[part])];
  const items = await batchGet(registry.session, keys, call, false, [...new Set(attributes)]);
  const context = mapContext(registry, call);
  return wanted.map((key) =>
    key === null ? null : lookup(items.get(key), (item) => toEvidence(item, parts, context)),
  );
}

/** No call for an id of another registry, of a model, or of no known form. */
export async function findVersion(
  registry: DynamoDbRegistry,
  nativeId: string,
  call: Call,
): Promise<Lookup<ModelVersionRecord>> {
  const named = parseNativeId(mapContext(registry, call), nativeId);
  if (named?.version === undefined) return null;
  const ref = { registryId: registry.session.registryId, name: named.name, version: named.version };
  const [found = null] = await getVersions(registry, [ref], call);
  return found;
}

/** One bad item is the error of its own slot, not of the whole batch. */
export function lookup<R>(found: Item | RegistryError | undefined, map: (item: Item) => R): Lookup<R> {
  if (found === undefined) return null;
  if (found instanceof RegistryError) return found;
  try {
    return map(found);
  } catch (error) {
    if (error instanceof RegistryError) return error;
    throw error;
  }
}

function wantedVersion(
  registry: DynamoDbRegistry,
  { name, version, ...rest }: VersionRef,
): { readonly name: string; readonly key: ItemKey } | null {
  const number = versionNumber(version);
  if (number === undefined || !isOurs(registry, { name, ...rest })) return null;
  return { name, key: versionKey(registry.session.namespace, name, number) };
}
