import { ownCall } from '../approvals/registry-access.js';
import { ConflictError, RegistryError, UnexpectedUpstreamError } from '../domain/errors.js';
import { type VersionRef, versionId } from '../domain/refs.js';
import type { Lookup } from '../domain/registry.js';
import { adapterFor, type MutationScope } from './scope.js';

/** What serves each of the versions that are to be deleted, by id, or why that could not be read. */
export type Serving = ReadonlyMap<string, Lookup<readonly string[]>>;

/** One call per registry, for finding out about one version may cost as much as about all. It throws nothing that a registry says. */
export async function readServing(scope: MutationScope, refs: readonly VersionRef[]): Promise<Serving> {
  const read = await Promise.all(
    [...Map.groupBy(refs, ({ registryId }) => registryId).values()].map(async (group) => {
      const names = await servingOf(scope, group);
      return group.map((ref, index) => [versionId(ref), names[index] ?? null] as const);
    }),
  );
  return new Map(read.flat());
}

/** @throws ConflictError where something serves the version; the registry's error where that is not known, for unknown is not free. */
export function refuseServed(serving: Serving, ref: VersionRef): void {
  const at = { registryId: ref.registryId, operation: 'deleteVersion' };
  const names = serving.get(versionId(ref)) ?? null;
  if (names instanceof RegistryError) throw names;
  if (names === null)
    throw new UnexpectedUpstreamError(`Registry ${ref.registryId} does not say what serves the version.`, at);
  if (names.length === 0) return;
  throw new ConflictError(
    `The version is being served, by ${names.join(', ')}. Have another one served there first.`,
    at,
  );
}

async function servingOf(
  scope: MutationScope,
  refs: readonly VersionRef[],
): Promise<readonly Lookup<readonly string[]>[]> {
  const [first] = refs;
  if (first === undefined) return [];
  try {
    return await adapterFor(scope, first).getServing(refs, ownCall(scope.decisions.writeMs));
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return refs.map(() => error);
  }
}
