import { isModelRecord, isVersionRecord, type StateRecord } from '../domain/changes.js';
import { NotFoundError, RegistryError, TimeoutError, UnavailableError } from '../domain/errors.js';
import type { Actor } from '../domain/model.js';
import { modelId, modelOf, type VersionRef, versionId } from '../domain/refs.js';
import type { CallOptions, RegistryAdapter } from '../domain/registry.js';
import { wrapCalls } from '../wrappers/around.js';
import type { Mirror } from './mirror.js';
import type { Observation } from './observer.js';

export interface OwnWritesOptions {
  readonly mirror: Mirror;
  /** Brings the journal up to what was written. Does not reject: what cannot be told now is found by the next poll. */
  readonly wrote: (observation: Observation) => Promise<void>;
  /** Looks at entities that a write may have changed as well, or that it may have changed without an answer. */
  readonly lookAt: (registryId: string, entities: readonly string[]) => void;
}

/** What a write leaves. `entity`: where it was not known before. `isOwnStatus`: as observations have it. */
interface Written {
  readonly record: StateRecord | null;
  readonly entity?: string;
  readonly isOwnStatus?: boolean;
}

/** What was written through the gateway is in the journal when the write returns, without a further call to the registry. */
export function withOwnWrites(inner: RegistryAdapter, { mirror, wrote, lookAt }: OwnWritesOptions): RegistryAdapter {
  const registryId = inner.id;

  const writing = async <R>(
    options: CallOptions,
    entity: string | null,
    write: () => Promise<R>,
    written: (result: R) => Written,
    { leavesLook = false }: { readonly leavesLook?: boolean } = {},
  ): Promise<R> => {
    const before = entity === null ? undefined : mirror.get(registryId, entity);
    let result: R;
    try {
      result = await write();
    } catch (error) {
      if (entity !== null && isUncertain(error) && !leavesLook) lookAt(registryId, [entity]);
      throw error;
    }
    const { record, entity: made = entity, isOwnStatus = false } = written(result);
    if (made === null) return result;
    await wrote({
      registryId,
      entity: made,
      before,
      record,
      isStrong: true,
      evidence: 'SELF',
      actor: actorOf(options),
      isOwnStatus,
    });
    return result;
  };

  return Object.assign(
    wrapCalls(inner, (_operation, options, run) => run(options)),
    {
      createModel: (input, options) =>
        writing(
          options,
          modelId({ registryId, name: input.name }),
          () => inner.createModel(input, options),
          (record) => ({ record, entity: modelId(record.ref) }),
        ),
      registerVersion: (input, options) =>
        writing(
          options,
          null,
          () => inner.registerVersion(input, options),
          (record) => ({ record, entity: versionId(record.ref), isOwnStatus: true }),
        ),
      updateModel: (input, options) =>
        writing(
          options,
          modelId(input.model),
          () => inner.updateModel(input, options),
          (record) => ({ record }),
        ),
      deleteModel: (model, options) =>
        writing(
          options,
          modelId(model),
          () => inner.deleteModel(model, options),
          () => ({ record: null }),
        ),
      updateVersion: (input, options) =>
        writing(
          options,
          versionId(input.version),
          () => inner.updateVersion(input, options),
          (record) => ({ record }),
        ),
      deleteVersion: async (version, options) => {
        await writing(
          options,
          versionId(version),
          () => inner.deleteVersion(version, options),
          () => ({ record: null }),
        );
        // Its aliases went with it.
        if (isPointedTo(mirror, version)) lookAt(registryId, [modelId(modelOf(version))]);
      },
      decide: (input, options) =>
        writing(
          options,
          versionId(input.version),
          () => inner.decide(input, options),
          (record) => ({ record, isOwnStatus: true }),
          // Whoever decides looks again by itself, and puts right what comes late.
          { leavesLook: true },
        ),
      setAlias: (input, options) =>
        writing(
          options,
          modelId(modelOf(input.version)),
          () => inner.setAlias(input, options),
          ({ model }) => ({ record: model }),
        ),
      deleteAlias: (input, options) =>
        writing(
          options,
          modelId(input.model),
          () => inner.deleteAlias(input, options),
          (record) => ({ record }),
        ),
      setStage: async (input, options) => {
        const record = await writing(
          options,
          versionId(input.version),
          () => inner.setStage(input, options),
          (written) => ({ record: written }),
        );
        if (input.archiveOthers === true) lookAt(registryId, othersInStage(mirror, input.version, input.stage));
        return record;
      },
    } satisfies Partial<RegistryAdapter>,
  );
}

/** Whether the write may have taken effect although it has failed. */
function isUncertain(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return true;
  return error instanceof TimeoutError || error instanceof UnavailableError || error instanceof NotFoundError;
}

function isPointedTo(mirror: Mirror, version: VersionRef): boolean {
  const model = mirror.get(version.registryId, modelId(modelOf(version)))?.record ?? null;
  return model !== null && isModelRecord(model) && model.aliases.some((alias) => alias.version === version.version);
}

function othersInStage(mirror: Mirror, version: VersionRef, stage: string | null): readonly string[] {
  return [...mirror.versionsOf(modelOf(version))]
    .filter((record) => isVersionRecord(record) && record.stage?.name === stage)
    .map(({ ref }) => versionId(ref))
    .filter((id) => id !== versionId(version));
}

function actorOf({ caller }: CallOptions): Actor | null {
  return caller === undefined ? null : { name: caller.name, kind: 'USER', nativeId: caller.nativeId ?? null };
}
