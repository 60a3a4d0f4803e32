import { NotFoundError, RegistryError, UnexpectedUpstreamError } from '../domain/errors.js';
import type { ModelVersionRecord } from '../domain/model.js';
import { quote, type VersionRef, versionId } from '../domain/refs.js';
import type { CallOptions, CallPriority, RegistryAdapter } from '../domain/registry.js';

/** The registries by id, with all wrappers around them. */
export type Registries = ReadonlyMap<string, RegistryAdapter>;

export function adapterOf(registries: Registries, registryId: string): RegistryAdapter {
  const adapter = registries.get(registryId);
  if (adapter === undefined) throw versionNotFound({ registryId });
  return adapter;
}

/**
 * The version as the registry says now, past any index that lags. One that an upstream finds under another spelling of its name is not the one
 * that was asked for, nor the one that the caller's grants were looked up for.
 * @throws NotFoundError, and whatever else keeps it from being read.
 */
export async function readNow(
  adapter: RegistryAdapter,
  ref: VersionRef,
  options: Omit<CallOptions, 'consistency'>,
): Promise<ModelVersionRecord> {
  const [found] = await adapter.getVersions([ref], { ...options, consistency: 'strong' });
  if (found === undefined)
    throw new UnexpectedUpstreamError(`Registry ${ref.registryId} gave no answer for a version.`);
  if (found instanceof RegistryError) throw found;
  if (found === null || versionId(found.ref) !== versionId(ref)) throw versionNotFound(ref);
  return found;
}

/** The same words for what is not there and for what the caller may not see. */
export function versionNotFound(ref: Pick<VersionRef, 'registryId'> & Partial<VersionRef>): NotFoundError {
  const what = ref.version === undefined ? '' : ` ${quote(`${ref.name ?? ''}/${ref.version}`)}`;
  return new NotFoundError(
    `There is no model version${what} in registry ${quote(ref.registryId)}. Check the id: it may be misspelt, or deleted meanwhile.`,
    { registryId: ref.registryId },
  );
}

/** A call that goes on when the client has gone: what it does is half done already. */
export function ownCall(timeoutMs: number, priority: CallPriority = 'interactive'): CallOptions {
  return { signal: AbortSignal.timeout(timeoutMs), priority };
}
