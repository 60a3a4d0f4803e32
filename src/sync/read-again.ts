import type { StateRecord } from '../domain/changes.js';
import { RegistryError } from '../domain/errors.js';
import { type ModelRef, modelId, parseNodeId, type VersionRef, versionId } from '../domain/refs.js';
import type { CallOptions, Lookup, RegistryAdapter } from '../domain/registry.js';
import type { Observation } from './observer.js';

/** The same entities as their registries say now, past any index that lags. @throws RegistryError where one cannot be read. */
export type ReadAgain = (looked: readonly Observation[]) => Promise<readonly Observation[]>;

export interface ReadNow {
  readonly adapters: ReadonlyMap<string, RegistryAdapter>;
  readonly timeoutMs: number;
  /** Ends with the gateway. */
  readonly signal: AbortSignal;
}

/** Single strong reads go to the registry in batches of this size. */
const BATCH = 100;

export function createReadAgain(options: ReadNow): ReadAgain {
  return async (looked) => {
    const read = await readStrongly(
      options,
      looked.map(({ entity }) => entity),
    );
    return looked.map((observation) => {
      const found = read.get(observation.entity);
      // What is kept of a registry itself is in no upstream: the latest word holds.
      const { isOwnStatus: _, ...rest } = observation;
      return { ...rest, record: found === undefined ? observation.record : found, isStrong: true };
    });
  };
}

/** Models and versions by id as their registries say now; null where one is gone. Ids of registries are left out. */
export async function readStrongly(
  { adapters, timeoutMs, signal }: ReadNow,
  entities: readonly string[],
): Promise<ReadonlyMap<string, StateRecord | null>> {
  const found = new Map<string, StateRecord | null>();
  const nodes = [...new Set(entities)].map(parseNodeId);
  const models = nodes.flatMap((node) => (node.type === 'model' ? [node.ref] : []));
  const versions = nodes.flatMap((node) => (node.type === 'version' ? [node.ref] : []));
  const options = (): CallOptions => ({
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    priority: 'background',
    consistency: 'strong',
  });
  const read = async <Ref extends ModelRef, R extends StateRecord & { readonly ref: Ref }>(
    refs: readonly Ref[],
    idOf: (ref: Ref) => string,
    call: (adapter: RegistryAdapter, refs: readonly Ref[]) => Promise<readonly Lookup<R>[]>,
  ) => {
    for (const [registryId, group] of Map.groupBy(refs, (ref) => ref.registryId)) {
      const adapter = adapters.get(registryId);
      if (adapter === undefined) continue;
      for (let start = 0; start < group.length; start += BATCH) {
        const batch = group.slice(start, start + BATCH);
        const answers = await call(adapter, batch);
        for (const [index, ref] of batch.entries()) {
          const answer = answers[index] ?? null;
          if (answer instanceof RegistryError) throw answer;
          // Another spelling of the name is another thing.
          found.set(idOf(ref), answer !== null && idOf(answer.ref) === idOf(ref) ? answer : null);
        }
      }
    }
  };
  await read<VersionRef, StateRecord & { readonly ref: VersionRef }>(versions, versionId, (adapter, refs) =>
    adapter.getVersions(refs, options()),
  );
  await read<ModelRef, StateRecord & { readonly ref: ModelRef }>(models, modelId, (adapter, refs) =>
    adapter.getModels(refs, options()),
  );
  return found;
}
