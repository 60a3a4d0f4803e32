import {
  CreateModelPackageCommand,
  type CreateModelPackageCommandInput,
  type ModelPackageContainerDefinition,
  type ProductionVariantInstanceType,
  type TransformInstanceType,
} from '@aws-sdk/client-sagemaker';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import type { NewVersion } from '../../src/domain/registry.js';
import type { Call } from './client.js';
import { isMissing, isNotShared, isValidation, refusedInput, unexpected } from './errors.js';
import { checkNewVersion, clientToken } from './input.js';
import { toCardContent } from './model-card.js';
import { noSuchModel } from './model-writes.js';
import type { Models } from './models.js';
import type { Registry } from './registry.js';
import { toModelMetrics } from './reports.js';
import type { Versions } from './version-lookup.js';

export async function registerVersion(
  registry: Registry,
  models: Models,
  versions: Versions,
  input: NewVersion,
  call: Call,
): Promise<ModelVersionRecord> {
  const fields = checked(input, call);
  // SageMaker may take the version into a group whose name differs in case: it is looked at first, for afterwards would be too late.
  const group = await models.find(input.model, call);
  if (group === null) throw noSuchModel(input.model, call);
  const { ModelPackageGroupArn } = group;
  if (ModelPackageGroupArn === undefined) throw unexpected(call);
  const arn = await create(registry, { ModelPackageGroupName: ModelPackageGroupArn, ...fields }, input, call);
  const version = await versions.describe(input.model.ownerAccount === undefined ? 'own' : 'shared', arn, call);
  if (version === null) throw unexpected(call);
  return version.record;
}

async function create(registry: Registry, fields: CreateModelPackageCommandInput, input: NewVersion, call: Call) {
  const command = new CreateModelPackageCommand(fields);
  try {
    const { ModelPackageArn } = await registry.sagemaker.write(call, (client, http) => client.send(command, http));
    if (ModelPackageArn === undefined) throw unexpected(call);
    return ModelPackageArn;
  } catch (error) {
    if (isMissing(error) || isNotShared(error)) throw noSuchModel(input.model, call, error);
    throw isValidation(error) ? refusedInput(call, likelyFault(input), error) : error;
  }
}

/** The API model has the image optional since models can be logged only; a version that is to serve needs it nevertheless. */
function likelyFault({ artifacts, modelCard }: NewVersion): string {
  const index = artifacts.findIndex(({ image }) => image == null);
  const card = modelCard == null ? '' : ' Check the model card, too: SageMaker takes its own schema only.';
  return index < 0
    ? `Check the instance types, URIs and image.${card}`
    : `\`artifacts[${index}].image\` is missing: name the container image that serves the model.`;
}

/**
 * All of the request but the group.
 * @throws InvalidInputError, UnsupportedError
 */
function checked(input: NewVersion, call: Call): Omit<CreateModelPackageCommandInput, 'ModelPackageGroupName'> {
  const metadata = checkNewVersion(input, call.options.caller, call);
  const metrics = toModelMetrics(input.reports ?? [], call);
  const card = input.modelCard == null ? undefined : toCardContent(input.modelCard, call);
  const { commit, repository, generatedBy, sourceUri } = input.lineage ?? {};
  const { contentTypes, responseTypes, realtimeInstanceTypes, batchInstanceTypes } = input.inference ?? {};
  return {
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
    ModelMetrics: metrics,
    ModelCard: card === undefined ? undefined : { ModelCardContent: card, ModelCardStatus: 'Draft' },
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
