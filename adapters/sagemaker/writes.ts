import {
  CreateModelPackageCommand,
  type CreateModelPackageCommandInput,
  CreateModelPackageGroupCommand,
  ListTagsCommand,
  type ModelPackageContainerDefinition,
  type ProductionVariantInstanceType,
  type TransformInstanceType,
} from '@aws-sdk/client-sagemaker';
import { ConflictError, NotFoundError } from '../../src/domain/errors.js';
import type { ModelRecord, ModelVersionRecord } from '../../src/domain/model.js';
import { quote } from '../../src/domain/refs.js';
import type { NewModel, NewVersion } from '../../src/domain/registry.js';
import { groupArn, isGroupName } from './arns.js';
import type { Call } from './client.js';
import { isAlreadyThere, isMissing, isNotShared, isValidation, refusedInput, unexpected } from './errors.js';
import { checkNewModel, checkNewVersion, clientToken } from './input.js';
import { REQUEST_TAG } from './map.js';
import type { Models } from './models.js';
import type { Registry } from './registry.js';
import type { Versions } from './versions.js';

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
    const { ModelPackageGroupArn } = await registry.sagemaker.run(call, (client, http) => client.send(command, http));
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
  return model;
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

export async function registerVersion(
  registry: Registry,
  versions: Versions,
  input: NewVersion,
  call: Call,
): Promise<ModelVersionRecord> {
  const metadata = checkNewVersion(input, call);
  const place = isGroupName(input.model.name) ? await registry.placeOf(input.model, call) : null;
  if (place === null) throw noSuchModel(input, call);
  const group = groupArn(place, input.model.name);
  const arn = await create(registry, group, input, metadata, call);
  const version = await versions.describe(input.model.ownerAccount === undefined ? 'own' : 'shared', arn, call);
  if (version === null) throw unexpected(call);
  return version;
}

async function create(
  registry: Registry,
  group: string,
  input: NewVersion,
  metadata: Readonly<Record<string, string>>,
  call: Call,
) {
  const command = new CreateModelPackageCommand(toCreateInput(group, input, metadata));
  try {
    const { ModelPackageArn } = await registry.sagemaker.run(call, (client, http) => client.send(command, http));
    if (ModelPackageArn === undefined) throw unexpected(call);
    return ModelPackageArn;
  } catch (error) {
    if (isMissing(error) || isNotShared(error)) throw noSuchModel(input, call, error);
    throw isValidation(error) ? refusedInput(call, likelyFault(input), error) : error;
  }
}

/** The API model has the image optional since models can be logged only; a version that is to serve needs it nevertheless. */
function likelyFault({ artifacts }: NewVersion): string {
  const index = artifacts.findIndex(({ image }) => image == null);
  return index < 0
    ? 'Check the instance types, URIs and image.'
    : `\`artifacts[${index}].image\` is missing: name the container image that serves the model.`;
}

function toCreateInput(
  group: string,
  input: NewVersion,
  metadata: Readonly<Record<string, string>>,
): CreateModelPackageCommandInput {
  const { commit, repository, generatedBy, sourceUri } = input.lineage ?? {};
  const { contentTypes, responseTypes, realtimeInstanceTypes, batchInstanceTypes } = input.inference ?? {};
  return {
    ModelPackageGroupName: group,
    // Always said: that a version awaits approval by default is not documented.
    ModelApprovalStatus: 'PendingManualApproval',
    ModelPackageDescription: input.description,
    ClientToken: input.requestId === undefined ? undefined : clientToken(input.requestId),
    CustomerMetadataProperties: Object.keys(metadata).length === 0 ? undefined : { ...metadata },
    MetadataProperties:
      commit == null && repository == null && generatedBy == null
        ? undefined
        : { CommitId: commit ?? undefined, Repository: repository ?? undefined, GeneratedBy: generatedBy ?? undefined },
    SourceUri: sourceUri ?? undefined,
    InferenceSpecification: {
      Containers: input.artifacts.map(toContainer),
      SupportedContentTypes: copy(contentTypes),
      SupportedResponseMIMETypes: copy(responseTypes),
      // What SageMaker does not know it refuses; the list of types grows faster than a client's.
      SupportedRealtimeInferenceInstanceTypes: copy(realtimeInstanceTypes) as
        | ProductionVariantInstanceType[]
        | undefined,
      SupportedTransformInstanceTypes: copy(batchInstanceTypes) as TransformInstanceType[] | undefined,
    },
  };
}

function toContainer(artifact: NewVersion['artifacts'][number]): ModelPackageContainerDefinition {
  const { uri, image, imageDigest, framework, frameworkVersion, role } = artifact;
  return {
    Image: image ?? undefined,
    ImageDigest: imageDigest ?? undefined,
    Framework: framework ?? undefined,
    FrameworkVersion: frameworkVersion ?? undefined,
    ContainerHostname: role ?? undefined,
    // ModelDataUrl is for one file; a folder of files has to be said to be one.
    ...(uri.startsWith('s3://') && uri.endsWith('/')
      ? { ModelDataSource: { S3DataSource: { S3Uri: uri, S3DataType: 'S3Prefix', CompressionType: 'None' } } }
      : { ModelDataUrl: uri }),
  };
}

function copy(values: readonly string[] | undefined): string[] | undefined {
  return values === undefined || values.length === 0 ? undefined : [...values];
}

function noSuchModel({ model }: NewVersion, call: Call, cause?: unknown): NotFoundError {
  return new NotFoundError(`There is no model named ${quote(model.name)} in this registry. Create it first.`, {
    registryId: call.registryId,
    operation: call.operation,
    cause,
  });
}
