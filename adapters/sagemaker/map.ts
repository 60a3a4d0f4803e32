import type {
  ModelPackage,
  ModelPackageContainerDefinition,
  ModelPackageGroup,
  ModelPackageStatus,
  Tag as UpstreamTag,
  UserContext,
} from '@aws-sdk/client-sagemaker';
import {
  type Actor,
  type ApprovalStatus,
  type ArtifactRecord,
  compareUtf8,
  type InferenceRecord,
  type LineageRecord,
  type ModelRecord,
  type ModelVersionRecord,
  type RegistrationStatus,
  type StageRecord,
  sortTags,
  type Tag,
  type Timestamp,
} from '../../src/domain/model.js';
import { foldKey, isReserved } from '../shared/reserved.js';
import { readMark } from './mark.js';
import { readRegistrant } from './registrant.js';

/** What records say besides what SageMaker answers. */
export interface RecordContext {
  readonly registryId: string;
  readonly ownerTag: string;
  readonly consoleUrl: string | null;
  /** The account that shares the group with the registry; undefined for the registry's own. */
  readonly ownerAccount: string | undefined;
}

/** Metadata keys and tags with this prefix are the gateway's own, and hidden. */
export const RESERVED_PREFIX = 'registrar.';
/** Holds the id of the request that made a group, which SageMaker has no field for. */
export const REQUEST_TAG = 'registrar:request';
/** Lineage that MetadataProperties has no field for. */
export const LINEAGE_KEYS = {
  pipelineExecution: 'registrar.lineage.pipeline-execution',
  trainingJob: 'registrar.lineage.training-job',
  runId: 'registrar.lineage.run-id',
  dataset: 'registrar.lineage.dataset',
} as const;

const STATUS: Readonly<Record<ModelPackageStatus, RegistrationStatus>> = {
  Pending: 'PENDING',
  InProgress: 'PENDING',
  Completed: 'READY',
  Failed: 'FAILED',
  Deleting: 'DELETING',
};

/** The tag is Studio's or the gateway's own: it places a group in a collection, or remembers a request. */
export function isHiddenTag(key: string): boolean {
  const folded = foldKey(key);
  return isReserved(key) || folded.startsWith('sagemaker:collection') || folded === REQUEST_TAG;
}

export function toModel(
  group: Pick<
    ModelPackageGroup,
    'ModelPackageGroupName' | 'ModelPackageGroupArn' | 'ModelPackageGroupDescription' | 'CreationTime' | 'CreatedBy'
  >,
  tags: readonly UpstreamTag[],
  context: RecordContext,
): ModelRecord | null {
  const { ModelPackageGroupName: name, ModelPackageGroupArn: arn } = group;
  if (name === undefined || arn === undefined) return null;
  const shown = toTags(tags);
  return {
    ref: { ...modelRefBase(context), name },
    nativeId: arn,
    description: group.ModelPackageGroupDescription ?? null,
    owner: shown.find((tag) => tag.key === context.ownerTag)?.value ?? null,
    tags: shown,
    createdAt: toTime(group.CreationTime),
    createdBy: toActor(group.CreatedBy),
    // A group has no time of change upstream; its tags change without a trace.
    updatedAt: null,
    aliases: [],
    consoleUrl: context.consoleUrl,
  };
}

/** Null for a package that is no version of a group. */
export function toVersion(pkg: ModelPackage, context: RecordContext): ModelVersionRecord | null {
  const { ModelPackageGroupName: name, ModelPackageVersion: number, ModelPackageArn: arn } = pkg;
  if (name === undefined || number === undefined || arn === undefined) return null;
  const approvalStatus = toApprovalStatus(pkg.ModelApprovalStatus);
  const mark = readMark(pkg.CustomerMetadataProperties ?? {}, toComment(pkg));
  return {
    ref: { ...modelRefBase(context), name, version: String(number) },
    number,
    incarnation: String(pkg.CreationTime?.getTime() ?? 0),
    nativeId: arn,
    description: pkg.ModelPackageDescription ?? null,
    registrationStatus: toRegistrationStatus(pkg.ModelPackageStatus),
    registrationMessage: toRegistrationMessage(pkg),
    approvalStatus,
    approvalStatusExplicit: pkg.ModelApprovalStatus !== undefined,
    approvalStatusSince: mark?.status === approvalStatus ? mark.at : toApprovalSince(pkg),
    approvalComment: toComment(pkg),
    decision: mark,
    stage: toStage(pkg),
    aliasNames: [],
    // Search shows a version with the tags of its group: those are the model's.
    tags: [],
    metadata: toMetadata(pkg.CustomerMetadataProperties),
    createdAt: toTime(pkg.CreationTime),
    createdBy: readRegistrant(pkg.CustomerMetadataProperties ?? {}) ?? toActor(pkg.CreatedBy),
    updatedAt: toTime(pkg.LastModifiedTime),
    artifacts: (pkg.InferenceSpecification?.Containers ?? []).flatMap(toArtifacts),
    lineage: toLineage(pkg),
    inference: toInference(pkg),
    consoleUrl: context.consoleUrl,
  };
}

export function toTags(tags: readonly UpstreamTag[]): readonly Tag[] {
  return sortTags(
    tags.flatMap(({ Key, Value }) => (Key === undefined || isHiddenTag(Key) ? [] : [{ key: Key, value: Value ?? '' }])),
  );
}

/** An empty text is how SageMaker holds none. */
function toComment({ ApprovalDescription: text }: ModelPackage): string | null {
  return text === undefined || text === '' ? null : text;
}

function toStage({ ModelLifeCycle: lifeCycle }: ModelPackage): StageRecord | null {
  if (lifeCycle?.Stage === undefined) return null;
  const { Stage: name, StageStatus: status = null, StageDescription: description = '' } = lifeCycle;
  return { name, status, description: description === '' ? null : description };
}

function toApprovalStatus(status: ModelPackage['ModelApprovalStatus']): ApprovalStatus {
  if (status === 'Approved') return 'APPROVED';
  return status === 'Rejected' ? 'REJECTED' : 'PENDING';
}

/** Who a SageMaker user context names: a Studio user, an IAM user, or the session of a role. */
export function toActor(user: UserContext | undefined): Actor | null {
  if (user?.UserProfileName !== undefined || user?.UserProfileArn !== undefined) {
    return { name: user.UserProfileName ?? null, kind: 'USER', nativeId: user.UserProfileArn ?? null };
  }
  const arn = user?.IamIdentity?.Arn;
  if (arn === undefined) return null;
  const source = user?.IamIdentity?.SourceIdentity;
  if (source !== undefined) return { name: source, kind: 'USER', nativeId: arn };
  const [type, ...path] = arn.split(':').slice(5).join(':').split('/');
  if (type === 'assumed-role') return ofSession(path, arn);
  return {
    name: path.at(-1) ?? type ?? null,
    kind: type === 'user' || type === 'root' ? 'USER' : 'UNKNOWN',
    nativeId: arn,
  };
}

/** A session of Identity Center is a person's; of any other role nothing says whether a person or a program holds it. */
function ofSession(path: readonly string[], arn: string): Actor {
  const [role = '', session = ''] = path;
  if (role.startsWith('AWSReservedSSO_')) return { name: session, kind: 'USER', nativeId: arn };
  return { name: path.join('/'), kind: 'UNKNOWN', nativeId: arn };
}

function modelRefBase(context: RecordContext): { registryId: string; ownerAccount?: string } {
  return context.ownerAccount === undefined
    ? { registryId: context.registryId }
    : { registryId: context.registryId, ownerAccount: context.ownerAccount };
}

function toTime(at: Date | undefined): Timestamp | null {
  return at === undefined ? null : at.toISOString();
}

function toRegistrationStatus(status: ModelPackageStatus | undefined): RegistrationStatus {
  return status === undefined ? 'PENDING' : (STATUS[status] ?? 'PENDING');
}

function toRegistrationMessage(pkg: ModelPackage): string | null {
  const { ValidationStatuses = [], ImageScanStatuses = [] } = pkg.ModelPackageStatusDetails ?? {};
  const reasons = [...ValidationStatuses, ...ImageScanStatuses].flatMap(({ FailureReason }) => FailureReason ?? []);
  return reasons.length === 0 ? null : reasons.join('; ');
}

/** SageMaker keeps no time of a status: without a mark that agrees with it, it is certain only while nothing at all has changed since the creation. */
function toApprovalSince(pkg: ModelPackage): Timestamp | null {
  const { CreationTime: created, LastModifiedTime: modified } = pkg;
  const isUntouched = modified === undefined || modified.getTime() === created?.getTime();
  return isUntouched ? toTime(created) : null;
}

function toMetadata(properties: Readonly<Record<string, string>> | undefined): readonly Tag[] {
  return sortTags(
    Object.entries(properties ?? {}).flatMap(([key, value]) =>
      key.startsWith(RESERVED_PREFIX) ? [] : [{ key, value }],
    ),
  );
}

function toArtifacts(container: ModelPackageContainerDefinition): readonly ArtifactRecord[] {
  const common = {
    image: container.Image ?? null,
    imageDigest: container.ImageDigest ?? null,
    framework: container.Framework ?? null,
    frameworkVersion: container.FrameworkVersion ?? null,
  };
  const uri = container.ModelDataUrl ?? container.ModelDataSource?.S3DataSource?.S3Uri;
  const main =
    uri === undefined
      ? []
      : [{ ...common, uri, role: container.ContainerHostname ?? null, digest: container.ModelDataETag ?? null }];
  const additional = (container.AdditionalModelDataSources ?? []).flatMap(({ ChannelName, S3DataSource }) =>
    S3DataSource?.S3Uri === undefined
      ? []
      : [{ ...common, uri: S3DataSource.S3Uri, role: ChannelName ?? null, digest: null }],
  );
  return [...main, ...additional];
}

function toLineage(pkg: ModelPackage): LineageRecord | null {
  const { CommitId, Repository, GeneratedBy } = pkg.MetadataProperties ?? {};
  const noted = pkg.CustomerMetadataProperties ?? {};
  const derived = derivedLineage(GeneratedBy);
  const lineage = {
    commit: CommitId ?? null,
    repository: Repository ?? null,
    pipelineExecution: noted[LINEAGE_KEYS.pipelineExecution] ?? derived.pipelineExecution,
    trainingJob: noted[LINEAGE_KEYS.trainingJob] ?? derived.trainingJob,
    runId: noted[LINEAGE_KEYS.runId] ?? derived.runId,
    experimentId: null,
    dataset: noted[LINEAGE_KEYS.dataset] ?? derived.dataset,
    sourceUri: pkg.SourceUri ?? null,
    generatedBy: GeneratedBy ?? null,
  };
  return Object.values(lineage).every((value) => value === null) ? null : lineage;
}

/** What the form of `GeneratedBy` tells: that need not be noted beside it. */
export function derivedLineage(
  generatedBy: string | undefined,
): Readonly<Record<keyof typeof LINEAGE_KEYS, string | null>> {
  return {
    pipelineExecution: ifArnOf('pipeline', generatedBy),
    trainingJob: ifArnOf('training-job', generatedBy),
    runId: null,
    dataset: null,
  };
}

/** How many entries of the customer metadata a version's lineage takes up. */
export function notedLineage({ lineage }: ModelVersionRecord): number {
  const derived = derivedLineage(lineage?.generatedBy ?? undefined);
  const fields = Object.keys(LINEAGE_KEYS) as (keyof typeof LINEAGE_KEYS)[];
  return fields.filter((field) => lineage != null && lineage[field] !== derived[field]).length;
}

function ifArnOf(resource: 'pipeline' | 'training-job', text: string | undefined): string | null {
  return text?.split(':').slice(5).join(':').startsWith(`${resource}/`) === true ? text : null;
}

function toInference(pkg: ModelPackage): InferenceRecord | null {
  const specification = pkg.InferenceSpecification;
  if (specification === undefined) return null;
  return {
    contentTypes: specification.SupportedContentTypes ?? [],
    responseTypes: specification.SupportedResponseMIMETypes ?? [],
    realtimeInstanceTypes: specification.SupportedRealtimeInferenceInstanceTypes ?? [],
    batchInstanceTypes: specification.SupportedTransformInstanceTypes ?? [],
  };
}

/** Orders names first and own models before shared ones of the same name. */
export function compareNames(
  a: { name: string; ownerAccount?: string },
  b: { name: string; ownerAccount?: string },
): number {
  return compareUtf8(a.name, b.name) || compareUtf8(a.ownerAccount ?? '', b.ownerAccount ?? '');
}
