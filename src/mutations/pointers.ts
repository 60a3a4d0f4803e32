import { importDecided } from '../approvals/align-chain.js';
import { InvalidInputError, NotFoundError } from '../domain/errors.js';
import type { ModelRecord, ModelVersionRecord, StageRecord } from '../domain/model.js';
import { type ModelRef, modelId, modelOf } from '../domain/refs.js';
import type { AliasRemoval, AliasWrite, StageWrite } from '../domain/registry.js';
import type { Keyed, ModelWritten } from './models.js';
import {
  adapterFor,
  authorize,
  type MutationScope,
  modelNotFound,
  oncePerKey,
  rereadModel,
  rereadVersion,
  type Written,
  writeCall,
  written,
} from './scope.js';
import type { VersionWritten } from './versions.js';
import { withLease } from './with-lease.js';

export interface AliasMoved extends ModelWritten {
  readonly previousVersion: string | null;
}

/** @throws ConflictError when `expected` does not hold. */
export async function setModelAlias(scope: MutationScope, input: AliasWrite & Keyed): Promise<AliasMoved> {
  const { idempotencyKey: _, ...write } = input;
  const model = modelOf(write.version);
  authorize(scope, 'CONTRIBUTE', write.version);
  let fresh: Written<ModelRecord> | undefined;
  const { result, replayed } = await oncePerKey(scope, 'setModelAlias', input, async ({ isRepeated }) => {
    const adapter = adapterFor(scope, model);
    const moved = await withLease(scope, aliasLease(model), async () => {
      await importDecided(scope.decisions, write.version);
      const held = isRepeated ? await holderOf(scope, model, write.alias) : undefined;
      // The attempt before this one has done it, so that what was expected then does not hold any more.
      const { expected: _expected, ...again } = write;
      return adapter.setAlias(held === write.version.version ? again : write, writeCall(scope));
    });
    fresh = written(scope, moved.model);
    return { previousVersion: moved.previousVersion };
  });
  const { previousVersion } = result;
  return { model, replayed, previousVersion, ...(fresh ?? (await rereadModel(scope, model))) };
}

/** @throws NotFoundError; ConflictError when `expected` does not hold. */
export async function deleteModelAlias(scope: MutationScope, input: AliasRemoval & Keyed): Promise<ModelWritten> {
  const { idempotencyKey: _, ...removal } = input;
  const { model } = removal;
  authorize(scope, 'CONTRIBUTE', model);
  let fresh: Written<ModelRecord> | undefined;
  const { replayed } = await oncePerKey(scope, 'deleteModelAlias', input, async ({ isRepeated }) => {
    await withLease(scope, aliasLease(model), async () => {
      // The attempt before this one has done it.
      if (isRepeated && (await holderOf(scope, model, removal.alias)) === null) return;
      fresh = written(scope, await takeAway(scope, removal));
    });
    return null;
  });
  return { model, replayed, ...(fresh ?? (await rereadModel(scope, model))) };
}

/** Absent: left as it is; null: cleared. Status and description belong to a stage, and are left only where that stays. */
export interface StageChange extends Keyed, Pick<StageWrite, 'version' | 'expectedStage' | 'archiveOthers'> {
  readonly stage?: string | null;
  readonly status?: string | null;
  readonly description?: string | null;
}

/** @throws ConflictError when `expectedStage` does not hold; InvalidInputError without a stage where the version is in none. */
export async function setModelVersionStage(scope: MutationScope, input: StageChange): Promise<VersionWritten> {
  const { idempotencyKey: _, ...change } = input;
  const { version } = change;
  authorize(scope, 'CONTRIBUTE', version);
  let fresh: Written<ModelVersionRecord> | undefined;
  const { replayed } = await oncePerKey(scope, 'setModelVersionStage', input, async ({ isRepeated }) => {
    await withLease(scope, `stages ${modelId(modelOf(version))}`, async () => {
      const { stage } = await importDecided(scope.decisions, version);
      const write = stageWrite(change, stage);
      const isThere = isRepeated && (stage?.name ?? null) === write.stage;
      const { expectedStage: _expected, ...again } = write;
      fresh = written(scope, await adapterFor(scope, version).setStage(isThere ? again : write, writeCall(scope)));
    });
    return null;
  });
  return { version, replayed, ...(fresh ?? (await rereadVersion(scope, version))) };
}

/** What is missing may be the alias, which its registry says, or the model, which is said as for one that is invisible. */
async function takeAway(scope: MutationScope, removal: AliasRemoval): Promise<ModelRecord> {
  const { model } = removal;
  try {
    return await adapterFor(scope, model).deleteAlias(removal, writeCall(scope));
  } catch (error) {
    if (error instanceof NotFoundError && (await scope.catalog.model(model)) === null)
      throw modelNotFound(model, error);
    throw error;
  }
}

function aliasLease(model: ModelRef): string {
  return `aliases ${modelId(model)}`;
}

/** The version that holds the alias now; null: none. */
async function holderOf(scope: MutationScope, model: ModelRef, alias: string): Promise<string | null> {
  const [found] = await adapterFor(scope, model).getModels([model], { ...writeCall(scope), consistency: 'strong' });
  if (found instanceof Error) throw found;
  return found?.aliases.find(({ name }) => name === alias)?.version ?? null;
}

function stageWrite({ stage, status, description, ...change }: StageChange, current: StageRecord | null): StageWrite {
  const name = stage === undefined ? current?.name : stage;
  if (name === undefined) {
    throw new InvalidInputError('The version is in no stage that could be left as it is. Pass `stage`.', {
      registryId: change.version.registryId,
      operation: 'setStage',
    });
  }
  const kept = name === current?.name ? current : null;
  const own = (given: string | null | undefined, left: string | null | undefined) =>
    (given === undefined ? left : given) ?? undefined;
  const parts = { status: own(status, kept?.status), description: own(description, kept?.description) };
  return {
    ...change,
    stage: name,
    ...(parts.status === undefined ? {} : { status: parts.status }),
    ...(parts.description === undefined ? {} : { description: parts.description }),
  };
}
