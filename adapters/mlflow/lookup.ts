import { RegistryError } from '../../src/domain/errors.js';
import type { ModelRecord, ModelVersionRecord } from '../../src/domain/model.js';
import type { ModelRef, VersionRef } from '../../src/domain/refs.js';
import type { Lookup } from '../../src/domain/registry.js';
import type { MlflowCall } from './errors.js';
import { equalsCondition, namesInConditions } from './filter.js';
import { aliasesOf, toModelRecord, toVersionRecord } from './map.js';
import { fetchModels, getEach } from './models.js';
import { isPossibleModel, isPossibleVersion, withNameLists } from './names.js';
import type { MlflowSession } from './session.js';
import { isPrompt } from './tags.js';
import type { WireVersion } from './wire.js';

export async function getModels(
  session: MlflowSession,
  refs: readonly ModelRef[],
  call: MlflowCall,
): Promise<readonly Lookup<ModelRecord>[]> {
  const names = refs.filter(isPossibleModel).map((ref) => ref.name);
  const found = await fetchModels(session, names, call);
  return refs.map((ref) =>
    mapLookup(isPossibleModel(ref) ? (found.get(ref.name) ?? null) : null, (model) =>
      toModelRecord(session.map, model),
    ),
  );
}

// A search and a read of the models' aliases are two calls, whatever they answer for.
const FEWEST_TOGETHER = 3;
// Rows of no use that are worth reading to save one call.
const ROWS_PER_CALL = 50;

export async function getVersions(
  session: MlflowSession,
  refs: readonly VersionRef[],
  call: MlflowCall,
): Promise<readonly Lookup<ModelVersionRecord>[]> {
  const possible = new Map(refs.filter(isPossible).map((ref) => [keyOf(ref), ref]));
  const together = await searchTogether(session, [...possible.values()], call);
  const rest = [...possible].filter(([key]) => !together.has(key));
  const single = await getEach(
    rest.map(([key]) => key),
    async (key) => {
      const ref = possible.get(key);
      const version = ref === undefined ? null : await session.client.getVersion(ref.name, ref.version, call);
      return version === null || isPrompt(version.tags) ? null : toVersionRecord(session.map, version, version.aliases);
    },
  );
  return refs.map((ref) => (isPossible(ref) ? (together.get(keyOf(ref)) ?? single.get(keyOf(ref)) ?? null) : null));
}

/** By `models:/name/version` or `models:/name@alias`. */
export async function findVersion(
  session: MlflowSession,
  nativeId: string,
  call: MlflowCall,
): Promise<ModelVersionRecord | null> {
  const [, name = '', version, alias] = /^models:\/([\s\S]+?)(?:\/(\d+)|@([\p{L}\p{N}_-]+))$/u.exec(nativeId) ?? [];
  if (!isPossibleModel({ registryId: session.registryId, name })) return null;
  let found: WireVersion | null = null;
  if (version !== undefined) {
    found = isPossibleVersion(version) ? await session.client.getVersion(name, version, call) : null;
  } else if (alias !== undefined) {
    found = await session.client.getVersionByAlias(name, alias, call);
  }
  return found === null || isPrompt(found.tags) ? null : toVersionRecord(session.map, found, found.aliases);
}

type Together = ReadonlyMap<string, ModelVersionRecord | null>;

/** Gives an answer for each ref, or none for those that are better asked for one by one. */
async function searchTogether(
  session: MlflowSession,
  refs: readonly VersionRef[],
  call: MlflowCall,
): Promise<Together> {
  const byModel = Map.groupBy(refs, (ref) => ref.name);
  const searchByModel = async (): Promise<Together> => {
    const found = await Promise.all(
      [...byModel].map(([name, own]) => {
        const condition = equalsCondition('name', name);
        return condition.isExact ? searchRange(session, own, [condition.text], call) : new Map();
      }),
    );
    return new Map(found.flatMap((some) => [...some]));
  };
  if (byModel.size < 2) return searchByModel();
  const lists = namesInConditions([...byModel.keys()]).map((chunk) => chunk.condition);
  return withNameLists(session, () => searchRange(session, refs, lists, call), searchByModel);
}

/**
 * Many versions in two calls, where a range of numbers holds them without too much else: the search gives the versions, their models the aliases.
 * `names` are conditions that select the models of the refs, a call each.
 */
async function searchRange(
  session: MlflowSession,
  refs: readonly VersionRef[],
  names: readonly string[],
  call: MlflowCall,
): Promise<Together> {
  const models = new Set(refs.map((ref) => ref.name));
  const numbers = refs.map((ref) => Number(ref.version));
  const [lowest, highest] = [Math.min(...numbers), Math.max(...numbers)];
  const rows = models.size * (highest - lowest + 1);
  const isWorthIt = rows <= ROWS_PER_CALL * refs.length && 2 * names.length < refs.length;
  if (refs.length < FEWEST_TOGETHER || !isWorthIt) return new Map();
  const range = [`version_number >= ${lowest}`, `version_number <= ${highest}`];
  const limit = Math.min(rows, session.options.pageSize);
  const [found, ...pages] = await Promise.all([
    fetchModels(session, [...models], call),
    ...names.map((name) =>
      session.client.searchVersions({ conditions: [name, ...range], orderBy: ['version_number DESC'], limit }, call),
    ),
  ]);
  const versions = new Map(pages.flatMap((page) => page.items).map((version) => [keyOf(version), version]));
  const isComplete = pages.every((page) => !page.hasMore);
  const answers = new Map<string, ModelVersionRecord | null>();
  for (const ref of refs) {
    const version = versions.get(keyOf(ref));
    const model = found.get(ref.name) ?? null;
    if (model instanceof RegistryError || (version === undefined && !isComplete)) continue;
    const isThere = model !== null && version !== undefined;
    const record = isThere ? toVersionRecord(session.map, version, aliasesOf(model, version.version)) : null;
    answers.set(keyOf(ref), record);
  }
  return answers;
}

function isPossible(ref: VersionRef): boolean {
  return isPossibleModel(ref) && isPossibleVersion(ref.version);
}

function keyOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${version}/${name}`;
}

export function mapLookup<T, R>(lookup: Lookup<T>, toRecord: (value: T) => Lookup<R>): Lookup<R> {
  if (lookup === null) return null;
  return lookup instanceof RegistryError ? lookup : toRecord(lookup);
}
