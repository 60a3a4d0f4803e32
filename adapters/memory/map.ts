import { compareUtf8, type ModelRecord, type ModelVersionRecord, sortTags, type Tag } from '../../src/domain/model.js';
import type { CallOptions, NewModel, NewVersion } from '../../src/domain/registry.js';
import { isReserved } from '../shared/reserved.js';
import { toStoredEvidence } from './evidence.js';
import type { NewStoredModel, NewStoredVersion, StoredModel, StoredVersion } from './store.js';

const SCHEME = 'memory://';

export interface NativeId {
  readonly name: string;
  readonly number: number;
}

export function toModelRecord(registryId: string, ownerTag: string, model: StoredModel): ModelRecord {
  const newest = [...model.versions.values()].reduce<StoredVersion | null>(
    (highest, version) => (highest === null || version.number > highest.number ? version : highest),
    null,
  );
  return {
    ref: { registryId, name: model.name },
    nativeId: `${SCHEME}${registryId}/${encodeURIComponent(model.name)}`,
    description: model.description,
    owner: model.tags.find((tag) => tag.key === ownerTag)?.value ?? null,
    tags: shown(model.tags),
    createdAt: model.createdAt,
    createdBy: model.createdBy,
    updatedAt: model.updatedAt,
    aliases: [...model.aliases]
      .map(([name, number]) => ({ name, version: String(number) }))
      .sort((a, b) => compareUtf8(a.name, b.name)),
    consoleUrl: null,
    latestVersion: newest === null ? null : toVersionRecord(registryId, model, newest),
  };
}

export function toVersionRecord(registryId: string, model: StoredModel, version: StoredVersion): ModelVersionRecord {
  const { evidence: _, ...stored } = version;
  const text = String(version.number);
  return {
    ...stored,
    ref: { registryId, name: model.name, version: text },
    nativeId: `${SCHEME}${registryId}/${encodeURIComponent(model.name)}/${text}`,
    aliasNames: [...model.aliases]
      .filter(([, number]) => number === version.number)
      .map(([alias]) => alias)
      .sort(compareUtf8),
    tags: shown(version.tags),
    metadata: shown(version.metadata),
    consoleUrl: null,
  };
}

function shown(tags: readonly Tag[]): readonly Tag[] {
  return sortTags(tags.filter(({ key }) => !isReserved(key)));
}

/** Null for what does not name a version of this registry. */
export function parseNativeId(registryId: string, nativeId: string): NativeId | null {
  const [owner, name, version, ...rest] = nativeId.startsWith(SCHEME) ? nativeId.slice(SCHEME.length).split('/') : [];
  const number = versionNumber(version ?? '');
  if (owner !== registryId || name === undefined || number === null || rest.length > 0) return null;
  try {
    return { name: decodeURIComponent(name), number };
  } catch {
    return null;
  }
}

/** Only the text that the registry itself writes names a version: not `01`, not `1.0`. */
export function versionNumber(text: string): number | null {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}

export function toStoredModel(input: NewModel, tags: readonly Tag[], caller: CallOptions['caller']): NewStoredModel {
  return { name: input.name, description: input.description ?? null, tags, createdBy: actor(caller) };
}

export function toStoredVersion(input: NewVersion, caller: CallOptions['caller']): NewStoredVersion {
  return {
    description: input.description ?? null,
    registrationStatus: 'READY',
    registrationMessage: null,
    approvalStatus: 'PENDING',
    approvalStatusExplicit: true,
    approvalComment: null,
    decision: null,
    stage: null,
    tags: input.tags ?? [],
    metadata: input.metadata ?? [],
    createdBy: actor(caller),
    artifacts: input.artifacts.map((artifact) => ({ ...NO_ARTIFACT, ...artifact })),
    lineage: input.lineage === undefined ? null : { ...NO_LINEAGE, ...input.lineage },
    inference: input.inference === undefined ? null : { ...NO_INFERENCE, ...input.inference },
    evidence: toStoredEvidence(input),
  };
}

function actor(caller: CallOptions['caller']) {
  if (caller === undefined) return null;
  return { name: caller.name, kind: 'USER', nativeId: caller.nativeId ?? null } as const;
}

const NO_ARTIFACT = {
  role: null,
  image: null,
  imageDigest: null,
  framework: null,
  frameworkVersion: null,
  digest: null,
} as const;

const NO_LINEAGE = {
  commit: null,
  repository: null,
  pipelineExecution: null,
  trainingJob: null,
  runId: null,
  experimentId: null,
  dataset: null,
  sourceUri: null,
  generatedBy: null,
} as const;

const NO_INFERENCE = {
  contentTypes: [],
  responseTypes: [],
  realtimeInstanceTypes: [],
  batchInstanceTypes: [],
} as const;
