import { createHash } from 'node:crypto';
import { InvalidInputError, UnsupportedError } from '../../src/domain/errors.js';
import type { Tag } from '../../src/domain/model.js';
import { quote } from '../../src/domain/refs.js';
import type { NewModel, NewVersion, RegistryLimits } from '../../src/domain/registry.js';
import { tagsWithOwner } from '../shared/owner.js';
import { GROUP_NAME, isGroupName } from './arns.js';
import type { CallSite } from './errors.js';
import { isHiddenTag, LINEAGE_KEYS, RESERVED_PREFIX } from './map.js';

const METADATA_TEXT = String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]*`;
const METADATA_MAX = 50;
const CONTAINERS_MAX = 15;

export const LIMITS = {
  modelNamePattern: GROUP_NAME,
  modelNameMax: 63,
  descriptionMax: 1024,
  commentMax: 1024,
  metadataEntriesMax: METADATA_MAX,
  metadataKeyMax: 128,
  metadataValueMax: 256,
  metadataValuePattern: METADATA_TEXT,
  aliasPattern: null,
  stages: null,
} as const satisfies RegistryLimits;

const DESCRIPTION = /^[\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}]*$/u;
const WHOLE_METADATA_TEXT = new RegExp(`^${METADATA_TEXT}$`, 'u');
const PATTERNS = {
  uri: /^(https|s3):\/\/[^/]+\/?.*$/,
  image: /^\S{1,255}$/,
  imageDigest: /^[Ss][Hh][Aa]256:[0-9a-fA-F]{64}$/,
  frameworkVersion: /^[0-9]\.[A-Za-z0-9.]{1,8}$/,
  role: /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/,
} as const;

/** Refuses with the field's path and what would be right. */
export type Refuse = (path: string, what: string) => InvalidInputError;

function refuseAt(site: CallSite): Refuse {
  return (path, what) => new InvalidInputError(`\`${path}\` ${what}`, { ...site });
}

/** Where a field's value must be one that the registry can hold: all is checked before anything is written. */
export function checkNewModel(input: NewModel, ownerTag: string, site: CallSite): readonly Tag[] {
  const refuse = refuseAt(site);
  if (!isGroupName(input.name)) {
    throw refuse(
      'name',
      `is ${quote(input.name)}, but a SageMaker group's name has 1 to 63 letters, digits and inner hyphens.`,
    );
  }
  checkDescription(input.description, refuse);
  checkRequestId(input.requestId, refuse);
  const tags = tagsWithOwner(input, ownerTag, site.registryId);
  if (tags.length > 49)
    throw refuse('tags', 'has too many entries: at most 49 with the owner, beside one of the gateway.');
  const keys = new Set(tags.map(({ key }) => key.toLowerCase()));
  if (keys.size < tags.length) throw refuse('tags', 'has a key twice; SageMaker compares keys ignoring case.');
  for (const { key, value } of tags) {
    if (isHiddenTag(key) || /^(aws|registrar):/i.test(key))
      throw refuse('tags', `has the key ${quote(key)}, which is reserved. Use another key.`);
    checkPair('tags', { key, value }, refuse);
  }
  return tags;
}

export function checkNewVersion(input: NewVersion, site: CallSite): Readonly<Record<string, string>> {
  const refuse = refuseAt(site);
  if ((input.tags?.length ?? 0) > 0) {
    throw new UnsupportedError('SageMaker versions have no tags of their own. Use metadata, or tag the model.', {
      ...site,
      capability: 'TAG_VERSIONS',
    });
  }
  checkDescription(input.description, refuse);
  checkRequestId(input.requestId, refuse);
  checkArtifacts(input.artifacts, refuse, site);
  checkLengths(input, refuse);
  return metadataOf(input, refuse);
}

/** What the contract allows for an id of a request. */
function checkRequestId(requestId: string | undefined, refuse: Refuse): void {
  if (requestId !== undefined && (requestId === '' || requestId.length > 36)) {
    throw refuse('requestId', 'must have 1 to 36 characters.');
  }
}

/** `ClientToken` takes letters, digits and hyphens only; another id stands in by its hash. */
export function clientToken(requestId: string): string {
  return /^[a-zA-Z0-9-]{1,36}$/.test(requestId)
    ? requestId
    : createHash('sha256').update(requestId).digest('hex').slice(0, 36);
}

function checkDescription(description: string | undefined, refuse: Refuse): void {
  if (description === undefined) return;
  if (description.length > LIMITS.descriptionMax)
    throw refuse('description', `is longer than ${LIMITS.descriptionMax} characters.`);
  if (!DESCRIPTION.test(description))
    throw refuse('description', 'has a line break or control character, which SageMaker does not take.');
}

function checkArtifacts(artifacts: NewVersion['artifacts'], refuse: Refuse, site: CallSite): void {
  if (artifacts.length < 1 || artifacts.length > CONTAINERS_MAX)
    throw refuse('artifacts', `must have 1 to ${CONTAINERS_MAX} entries.`);
  artifacts.forEach((artifact, index) => {
    const path = `artifacts[${index}]`;
    if (artifact.digest != null) {
      throw new UnsupportedError(
        `SageMaker has no field for an artifact's digest. Leave \`${path}.digest\` out, or put it into metadata.`,
        { ...site },
      );
    }
    if (artifact.uri.length > 1024 || !PATTERNS.uri.test(artifact.uri)) {
      throw refuse(`${path}.uri`, 'must be an s3:// or https:// URI of at most 1024 characters.');
    }
    if (artifact.image != null && !PATTERNS.image.test(artifact.image))
      throw refuse(`${path}.image`, 'must be an image path of at most 255 characters without spaces.');
    if (artifact.imageDigest != null && !PATTERNS.imageDigest.test(artifact.imageDigest)) {
      throw refuse(`${path}.imageDigest`, 'must be sha256: and 64 hexadecimal digits.');
    }
    if (artifact.role != null && !PATTERNS.role.test(artifact.role)) {
      throw refuse(
        `${path}.role`,
        'becomes the host name of the container: 1 to 63 letters, digits and inner hyphens.',
      );
    }
    if (artifact.frameworkVersion != null && !PATTERNS.frameworkVersion.test(artifact.frameworkVersion)) {
      throw refuse(
        `${path}.frameworkVersion`,
        'must be one digit, a dot, and up to 8 letters, digits and dots, such as 2.1.',
      );
    }
  });
}

function checkLengths({ lineage = {} }: NewVersion, refuse: Refuse): void {
  for (const field of ['commit', 'repository', 'generatedBy', 'sourceUri'] as const) {
    const value = lineage[field];
    if (value == null) continue;
    if (value.length > 1024 || !DESCRIPTION.test(value)) {
      throw refuse(`lineage.${field}`, 'must have at most 1024 characters and no line breaks.');
    }
  }
}

/** The caller's metadata, and the lineage that SageMaker has no other place for. */
function metadataOf({ metadata = [], lineage = {} }: NewVersion, refuse: Refuse): Readonly<Record<string, string>> {
  const entries = new Map<string, string>();
  for (const pair of metadata) {
    if (pair.key.startsWith(RESERVED_PREFIX))
      throw refuse('metadata', `has the key ${quote(pair.key)}, which is reserved. Use another key.`);
    if (entries.has(pair.key)) throw refuse('metadata', `has the key ${quote(pair.key)} twice.`);
    checkPair('metadata', pair, refuse);
    entries.set(pair.key, pair.value);
  }
  for (const [field, key] of Object.entries(LINEAGE_KEYS)) {
    const value = lineage[field as keyof typeof LINEAGE_KEYS];
    if (value == null) continue;
    checkPair(`lineage.${field}`, { key, value }, refuse);
    entries.set(key, value);
  }
  if (entries.size > METADATA_MAX)
    throw refuse('metadata', `has too many entries: at most ${METADATA_MAX}, lineage included.`);
  return Object.fromEntries(entries);
}

function checkPair(path: string, { key, value }: Tag, refuse: Refuse): void {
  const allowed = 'letters, digits, spaces and _ . : / = + - @';
  if (key.length < 1 || key.length > LIMITS.metadataKeyMax || !WHOLE_METADATA_TEXT.test(key)) {
    throw refuse(
      path,
      `has the key ${quote(key)}, but keys are 1 to ${LIMITS.metadataKeyMax} characters of ${allowed}.`,
    );
  }
  if (value.length > LIMITS.metadataValueMax || !WHOLE_METADATA_TEXT.test(value)) {
    throw refuse(
      path,
      `has a value for ${quote(key)} that SageMaker cannot hold: at most ${LIMITS.metadataValueMax} characters of ${allowed}.`,
    );
  }
}
