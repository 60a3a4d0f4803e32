import { isRefusal } from '../approvals/problem.js';
import { ConflictError, CostExceededError, NotFoundError, type RegistryError } from '../domain/errors.js';
import type { ModelRecord, ModelVersionRecord } from '../domain/model.js';
import { versionAnchor } from '../domain/page.js';
import { type ModelRef, modelId, modelOf, type VersionRef, versionId } from '../domain/refs.js';
import type { ModelUpdate, NewModel } from '../domain/registry.js';
import { deleteOne, type Refusal, refusalOf, toRefusal } from './delete-version.js';
import type { Attempt } from './idempotency.js';
import {
  adapterFor,
  authorize,
  type MutationScope,
  modelNotFound,
  oncePerKey,
  onModel,
  requireCapability,
  requireGrant,
  rereadModel,
  type Written,
  writeCall,
  written,
} from './scope.js';
import { readServing } from './serving.js';

export interface Keyed {
  readonly idempotencyKey?: string | null;
}

export interface ModelWritten extends Written<ModelRecord> {
  readonly model: ModelRef;
  readonly replayed: boolean;
}

/** @throws ConflictError when a model of that name is there. */
export async function createModel(
  scope: MutationScope,
  model: ModelRef,
  input: Omit<NewModel, 'name' | 'requestId'> & Keyed,
): Promise<ModelWritten> {
  requireGrant(scope, 'CONTRIBUTE', model);
  let fresh: Written<ModelRecord> | undefined;
  const { replayed } = await oncePerKey(scope, 'createModel', { ...input, ...model }, async ({ requestId }) => {
    const { idempotencyKey: _, ...fields } = input;
    const request = requestId === undefined ? {} : { requestId };
    const record = await adapterFor(scope, model).createModel(
      { ...fields, ...request, name: model.name },
      writeCall(scope),
    );
    fresh = written(scope, record);
    return modelId(record.ref);
  });
  return { model, replayed, ...(fresh ?? (await rereadModel(scope, model))) };
}

export async function updateModel(scope: MutationScope, input: ModelUpdate & Keyed): Promise<ModelWritten> {
  const { idempotencyKey: _, ...update } = input;
  const { model } = update;
  authorize(scope, 'CONTRIBUTE', model);
  let fresh: Written<ModelRecord> | undefined;
  const { replayed } = await oncePerKey(scope, 'updateModel', input, async () => {
    const changing = adapterFor(scope, model).updateModel(update, writeCall(scope));
    fresh = written(scope, await onModel(model, changing));
    return null;
  });
  return { model, replayed, ...(fresh ?? (await rereadModel(scope, model))) };
}

export interface ModelDeletion extends Keyed {
  readonly model: ModelRef;
  /** Delete its versions too. */
  readonly cascade: boolean;
  /** Approved versions as well; for admins. */
  readonly includeApproved: boolean;
}

export interface ModelDeleted {
  /** Null where a version of it was refused. */
  readonly deletedModelId: string | null;
  readonly deletedVersionIds: readonly string[];
  readonly refused: readonly Refusal[];
  readonly replayed: boolean;
}

/**
 * Crashed half-way, it goes on where it was when it is asked again.
 * @throws ConflictError while it has versions, unless `cascade`; CostExceededError where it has too many for that.
 */
export async function deleteModel(scope: MutationScope, input: ModelDeletion): Promise<ModelDeleted> {
  const { model } = input;
  authorize(scope, 'CONTRIBUTE', model);
  if (input.includeApproved) authorize(scope, 'ADMINISTER', model);
  requireCapability(scope, model, 'DELETE_MODEL');
  const { result, replayed } = await oncePerKey(scope, 'deleteModel', input, async (attempt) => {
    const versions = input.cascade ? await allVersions(scope, model) : [];
    const { deletedVersionIds, refused } = await deleteAll(scope, versions, input, attempt);
    if (refused.length > 0) return { deletedModelId: null, deletedVersionIds, refused };
    await deleteEmpty(scope, model, attempt.isRepeated);
    return { deletedModelId: modelId(model), deletedVersionIds, refused };
  });
  return { ...result, replayed };
}

/** None where one of them is refused as it was read; what is refused after that leaves the others to be deleted. */
async function deleteAll(
  scope: MutationScope,
  versions: readonly ModelVersionRecord[],
  rules: ModelDeletion,
  { noteEffect }: Attempt,
): Promise<Pick<ModelDeleted, 'deletedVersionIds' | 'refused'>> {
  const refused: Refusal[] = [];
  const serving = await readServing(
    scope,
    versions.map(({ ref }) => ref),
  );
  for (const version of versions) {
    const refusal = await refusalOf(scope, version, rules, serving);
    if (refusal !== null) refused.push(refusal);
  }
  const deletedVersionIds: string[] = [];
  if (refused.length > 0) return { deletedVersionIds, refused };
  for (const { ref } of versions) {
    const refusal = await deleteOne(scope, ref, rules, serving).then(
      () => null,
      (error: unknown) => refusalBy(ref, error),
    );
    if (refusal !== null) {
      refused.push(refusal);
      continue;
    }
    deletedVersionIds.push(versionId(ref));
    noteEffect();
  }
  return { deletedVersionIds, refused };
}

/** Null where somebody else has deleted it meanwhile. What may be over by the next attempt, e.g. an outage, is thrown for it to go on. */
function refusalBy(ref: VersionRef, error: unknown): Refusal | null {
  if (error instanceof NotFoundError) return null;
  if (isRefusal(error)) return toRefusal(ref, error);
  throw error;
}

async function deleteEmpty(scope: MutationScope, model: ModelRef, isRepeated: boolean): Promise<void> {
  try {
    await onModel(model, adapterFor(scope, model).deleteModel(model, writeCall(scope)));
    scope.catalog.forget(model);
  } catch (error) {
    // The attempt before this one has done it.
    if (isRepeated && error instanceof NotFoundError) return;
    if (error instanceof ConflictError) throw hasVersions(error);
    throw error;
  }
}

const PAGE = 200;
/** Each takes some calls, one after the other. */
const CASCADE_MAX = 1000;

async function allVersions(scope: MutationScope, model: ModelRef): Promise<readonly ModelVersionRecord[]> {
  const found: ModelVersionRecord[] = [];
  const adapter = adapterFor(scope, model);
  const order = { field: 'NUMBER', direction: 'ASC' } as const;
  for (let after: ModelVersionRecord | undefined; ; ) {
    const anchor = after === undefined ? {} : { after: { anchor: versionAnchor(after) } };
    const page = await adapter.listVersions({ model, order, limit: PAGE, ...anchor }, writeCall(scope));
    // An upstream may list them under another spelling of the model's name, which the grants were not looked up for.
    if (page.items.some(({ ref }) => modelId(modelOf(ref)) !== modelId(model))) throw modelNotFound(model);
    found.push(...page.items);
    if (found.length > CASCADE_MAX) throw tooManyVersions(model);
    after = page.items.at(-1);
    if (!page.hasMore || after === undefined) return found;
  }
}

function tooManyVersions({ registryId }: ModelRef): CostExceededError {
  return new CostExceededError(
    `The model has more than ${CASCADE_MAX} versions, which are too many to delete with it. Delete versions with \`deleteModelVersions\` first.`,
    { registryId, operation: 'deleteModel' },
  );
}

function hasVersions(error: RegistryError): ConflictError {
  return new ConflictError('The model has versions. Delete them first, or pass `cascade: true`.', {
    registryId: error.registryId,
    operation: 'deleteModel',
    cause: error,
  });
}
