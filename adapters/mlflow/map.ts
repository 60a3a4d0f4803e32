import {
  type Actor,
  type ArtifactRecord,
  compareUtf8,
  type LineageRecord,
  type ModelRecord,
  type ModelVersionRecord,
  type RegistrationStatus,
  sortTags,
  type Tag,
  type Timestamp,
} from '../../src/domain/model.js';
import { approvalOf, decidedBy } from './approval.js';
import { creatorIn } from './creator.js';
import type { ApprovalConvention } from './options.js';
import { isReservedTag, LINEAGE_TAGS, tagValue } from './tags.js';
import type { WireModel, WireVersion } from './wire.js';

/** What a record says that MLflow does not send with it. */
export interface MapContext {
  readonly registryId: string;
  readonly approval: ApprovalConvention;
  readonly ownerTag: string;
  /** Base URL of the server, where its user interface is too. */
  readonly url: string;
  readonly workspace: string | undefined;
}

const REGISTRATION_STATUS: Readonly<Record<string, RegistrationStatus>> = {
  PENDING_REGISTRATION: 'PENDING',
  FAILED_REGISTRATION: 'FAILED',
  READY: 'READY',
};

export function toModelRecord(context: MapContext, model: WireModel): ModelRecord {
  return {
    ref: { registryId: context.registryId, name: model.name },
    nativeId: `models:/${model.name}`,
    description: textOrNull(model.description),
    owner: tagValue(model.tags, context.ownerTag) ?? null,
    tags: sortTags(model.tags.filter((tag) => !isReservedTag(tag.key)).map(toTag)),
    createdAt: toTimestamp(model.creation_timestamp),
    createdBy: creatorIn(model.tags),
    updatedAt: toTimestamp(model.last_updated_timestamp),
    aliases: model.aliases
      .map(({ alias, version }) => ({ name: alias, version }))
      .sort((a, b) => compareUtf8(a.name, b.name)),
    consoleUrl: consoleUrl(context, `/models/${encodeURIComponent(model.name)}`),
    latestVersion: latestVersion(context, model),
  };
}

/** `aliases` of the version where the answer has them: a search leaves them out, and says so by nothing. */
export function toVersionRecord(
  context: MapContext,
  version: WireVersion,
  aliases: readonly string[] | undefined,
): ModelVersionRecord {
  const approval = approvalOf(context.approval, version.tags);
  const { mark, agreed } = decidedBy(approval, version.tags);
  const isShown = (tag: Tag) => !isReservedTag(tag.key) && tag.key !== context.approval.tag;
  const path = `/models/${encodeURIComponent(version.name)}/versions/${version.version}`;
  return {
    ref: { registryId: context.registryId, name: version.name, version: version.version },
    number: Number(version.version),
    incarnation: incarnationOf(version),
    nativeId: `models:/${version.name}/${version.version}`,
    description: textOrNull(version.description),
    registrationStatus: REGISTRATION_STATUS[version.status ?? 'READY'] ?? 'PENDING',
    registrationMessage: textOrNull(version.status_message),
    approvalStatus: approval.status,
    approvalStatusExplicit: approval.isExplicit,
    approvalStatusSince: agreed?.at ?? null,
    approvalComment: agreed?.comment ?? null,
    decision: mark,
    stage: toStage(version.current_stage),
    ...(aliases === undefined ? {} : { aliasNames: [...aliases].sort(compareUtf8) }),
    tags: sortTags(version.tags.filter(isShown).map(toTag)),
    metadata: [],
    createdAt: toTimestamp(version.creation_timestamp),
    createdBy: creatorIn(version.tags) ?? toActor(version.user_id),
    updatedAt: toTimestamp(version.last_updated_timestamp),
    artifacts: toArtifacts(version.source),
    lineage: toLineage(version),
    inference: null,
    consoleUrl: consoleUrl(context, path),
  };
}

/** The aliases of one version, from its model. */
export function aliasesOf(model: WireModel, version: string): readonly string[] {
  return model.aliases.filter((alias) => alias.version === version).map((alias) => alias.alias);
}

/** Of the newest versions per stage, the newest; they come without aliases, but the model has them. */
function latestVersion(context: MapContext, model: WireModel): ModelVersionRecord | null {
  const newest = model.latest_versions.reduce<WireVersion | null>(
    (highest, version) => (highest === null || Number(version.version) > Number(highest.version) ? version : highest),
    null,
  );
  return newest === null ? null : toVersionRecord(context, newest, aliasesOf(model, newest.version));
}

function toArtifacts(source: string | undefined): readonly ArtifactRecord[] {
  const uri = textOrNull(source);
  if (uri === null) return [];
  const unknown = { role: null, image: null, imageDigest: null, framework: null, frameworkVersion: null, digest: null };
  return [{ uri, ...unknown }];
}

function toLineage({ run_id, tags }: WireVersion): LineageRecord | null {
  const from = (field: keyof typeof LINEAGE_TAGS) => tagValue(tags, LINEAGE_TAGS[field]) ?? null;
  const lineage = {
    commit: from('commit'),
    repository: from('repository'),
    pipelineExecution: from('pipelineExecution'),
    trainingJob: from('trainingJob'),
    runId: textOrNull(run_id),
    // Known to the run alone, which is a call away.
    experimentId: null,
    dataset: from('dataset'),
    sourceUri: from('sourceUri'),
    generatedBy: from('generatedBy'),
  };
  return Object.values(lineage).every((value) => value === null) ? null : lineage;
}

/** What MLflow calls it when a version is in no stage. */
export const NO_STAGE = 'None';

export function toStage(stage: string | undefined): ModelVersionRecord['stage'] {
  const name = textOrNull(stage);
  return name === null || name === NO_STAGE ? null : { name, status: null, description: null };
}

/** MLflow takes whatever name it is given. */
function toActor(name: string | undefined): Actor | null {
  return name === undefined || name === '' ? null : { name, kind: 'UNKNOWN', nativeId: null };
}

function toTag({ key, value }: Tag): Tag {
  return { key, value };
}

function toTimestamp(ms: number | undefined): Timestamp | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

function textOrNull(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}

function consoleUrl({ url, workspace }: MapContext, path: string): string {
  return `${url}/#${path}${workspace === undefined ? '' : `?workspace=${encodeURIComponent(workspace)}`}`;
}

/** MLflow has no id of a version but its number, which a model made anew counts from 1 again. */
export function incarnationOf(version: WireVersion): string {
  return String(version.creation_timestamp ?? 0);
}
