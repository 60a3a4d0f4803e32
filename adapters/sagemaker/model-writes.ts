import {
  AddTagsCommand,
  CreateModelPackageGroupCommand,
  DeleteModelPackageGroupCommand,
  DeleteTagsCommand,
  ListModelPackagesCommand,
  ListTagsCommand,
} from '@aws-sdk/client-sagemaker';
import { ConflictError, NotFoundError } from '../../src/domain/errors.js';
import type { ModelRecord } from '../../src/domain/model.js';
import { type ModelRef, quote } from '../../src/domain/refs.js';
import type { ModelUpdate, NewModel } from '../../src/domain/registry.js';
import { tagChange } from '../shared/owner.js';
import { refuseModelUpdate } from '../shared/refusals.js';
import { groupArn } from './arns.js';
import type { Call } from './client.js';
import { declared } from './declarations.js';
import { isAlreadyThere, isConflict, isMissing, isValidation, refusedInput, unexpected } from './errors.js';
import { checkNewModel, checkTagKey, checkTags, clientToken, refuseAt, TAGS_MAX } from './input.js';
import { REQUEST_TAG } from './map.js';
import type { DescribedModel, Models } from './models.js';
import type { Registry } from './registry.js';

export async function createModel(
  registry: Registry,
  models: Models,
  input: NewModel,
  call: Call,
): Promise<ModelRecord> {
  const tags = checkNewModel(input, registry.options.ownerTag, call).map(({ key, value }) => ({
    Key: key,
    Value: value,
  }));
  const requestTags = input.requestId === undefined ? [] : [{ Key: REQUEST_TAG, Value: clientToken(input.requestId) }];
  const command = new CreateModelPackageGroupCommand({
    ModelPackageGroupName: input.name,
    ...(input.description === undefined ? {} : { ModelPackageGroupDescription: input.description }),
    ...(tags.length + requestTags.length === 0 ? {} : { Tags: [...tags, ...requestTags] }),
  });
  try {
    const { ModelPackageGroupArn } = await registry.sagemaker.write(call, (client, http) => client.send(command, http));
    if (ModelPackageGroupArn === undefined) throw unexpected(call);
  } catch (error) {
    if (!isAlreadyThere(error))
      throw isValidation(error) ? refusedInput(call, 'Check the tags and the description.', error) : error;
    if (!(await isOurs(registry, input, call))) {
      throw new ConflictError(
        `There is a model named ${quote(input.name)} already, ignoring case. Choose another name.`,
        {
          registryId: call.registryId,
          operation: call.operation,
          cause: error,
        },
      );
    }
  }
  const model = await models.describe({ registryId: registry.id, name: input.name }, call);
  if (model === null) throw unexpected(call);
  return model.record;
}

/** A group cannot be created under a token: the request that made it is noted in a tag. */
async function isOurs(registry: Registry, { name, requestId }: NewModel, call: Call): Promise<boolean> {
  if (requestId === undefined) return false;
  const arn = groupArn(await registry.sagemaker.place(call), name);
  try {
    const { Tags = [] } = await registry.sagemaker.run(call, (client, http) =>
      client.send(new ListTagsCommand({ ResourceArn: arn }), http),
    );
    return Tags.some(({ Key, Value }) => Key === REQUEST_TAG && Value === clientToken(requestId));
  } catch (error) {
    // The group that is in the way has another spelling of the name.
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Removes first: a model may have as many tags as SageMaker allows. What was done before a failure is done again by a repetition. */
export async function updateModel(
  registry: Registry,
  models: Models,
  input: ModelUpdate,
  call: Call,
): Promise<ModelRecord> {
  refuseModelUpdate(declared(registry.id), input);
  const refuse = refuseAt(call);
  const { set, remove } = tagChange(input, registry.options.ownerTag, registry.id);
  checkTags('setTags', set, refuse);
  for (const key of remove) checkTagKey('removeTags', key, refuse);
  const { record, tags } = await existing(models, input.model, call);
  const present = new Map(tags.map(({ Key, Value }) => [Key, Value]));
  const TagKeys = remove.filter((key) => present.has(key));
  const Tags = set
    .filter(({ key, value }) => present.get(key) !== value)
    .map(({ key, value }) => ({ Key: key, Value: value }));
  const count = new Set([...present.keys(), ...Tags.map(({ Key }) => Key)]).size - TagKeys.length;
  if (count > TAGS_MAX) {
    throw refuse('setTags', `would make ${count} tags with those that are there, but a model has at most ${TAGS_MAX}.`);
  }
  if (Tags.length + TagKeys.length === 0) return record;
  const ResourceArn = record.nativeId;
  try {
    if (TagKeys.length > 0) {
      const command = new DeleteTagsCommand({ ResourceArn, TagKeys });
      await registry.sagemaker.write(call, (client, http) => client.send(command, http));
    }
    if (Tags.length > 0) {
      const command = new AddTagsCommand({ ResourceArn, Tags });
      await registry.sagemaker.write(call, (client, http) => client.send(command, http));
    }
  } catch (error) {
    if (isMissing(error)) throw noSuchModel(input.model, call, error);
    throw isValidation(error) ? refusedInput(call, 'Check the tags.', error) : error;
  }
  return (await existing(models, input.model, call)).record;
}

/** Asks for versions just before: which error SageMaker gives for a group that has some is not documented. */
export async function deleteModel(registry: Registry, models: Models, model: ModelRef, call: Call): Promise<void> {
  const { record } = await existing(models, model, call);
  const ModelPackageGroupName = record.nativeId;
  const versions = new ListModelPackagesCommand({
    ModelPackageGroupName,
    ModelPackageType: 'Versioned',
    MaxResults: 1,
  });
  const { ModelPackageSummaryList } = await registry.sagemaker.run(call, (client, http) => client.send(versions, http));
  if (ModelPackageSummaryList === undefined) throw unexpected(call);
  if (ModelPackageSummaryList.length > 0) throw hasVersions(model, call);
  try {
    const command = new DeleteModelPackageGroupCommand({ ModelPackageGroupName });
    await registry.sagemaker.write(call, (client, http) => client.send(command, http));
  } catch (error) {
    if (isMissing(error)) throw noSuchModel(model, call, error);
    throw isConflict(error) ? hasVersions(model, call, error) : error;
  }
}

export function noSuchModel({ name }: ModelRef, call: Call, cause?: unknown): NotFoundError {
  return new NotFoundError(
    `There is no model named ${quote(name)} in this registry. Check the name, or create it first.`,
    {
      registryId: call.registryId,
      operation: call.operation,
      cause,
    },
  );
}

async function existing(models: Models, ref: ModelRef, call: Call): Promise<DescribedModel> {
  const model = await models.describe(ref, call);
  if (model === null) throw noSuchModel(ref, call);
  return model;
}

function hasVersions({ name }: ModelRef, call: Call, cause?: unknown): ConflictError {
  return new ConflictError(`The model ${quote(name)} still has versions. Delete those first.`, {
    registryId: call.registryId,
    operation: call.operation,
    cause,
  });
}
