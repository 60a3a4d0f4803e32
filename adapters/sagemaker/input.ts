import { createHash } from 'node:crypto';
import { InvalidInputError, UnsupportedError } from '../../src/domain/errors.js';
import type { Tag } from '../../src/domain/model.js';
import { quote } from '../../src/domain/refs.js';
import type { CallOptions, NewModel, NewVersion } from '../../src/domain/registry.js';
import { tagsWithOwner } from '../shared/owner.js';
import { refuseModel, refuseVersion } from '../shared/refusals.js';
import { foldKey } from '../shared/reserved.js';
import { declared, LIMITS } from './declarations.js';
import type { CallSite } from './errors.js';
import { derivedLineage, isHiddenTag, LINEAGE_KEYS } from './map.js';
import { writeRegistrant } from './registrant.js';

const CONTAINERS_MAX = 15;
export const TAGS_MAX = 50;

const DESCRIPTION = /^[\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}]*$/u;
const METADATA_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const PATTERNS = {
  uri: /^(https|s3):\/\/[^/]+\/?.*$/,
  image: /^\S{1,255}$/,
  imageDigest: /^[Ss][Hh][Aa]256:[0-9a-fA-F]{64}$/,
  frameworkVersion: /^[0-9]\.[A-Za-z0-9.]{1,8}$/,
  role: /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/,
} as const;

/** Refuses with the field's path and what would be right. */
export type Refuse = (path: string, what: string) => InvalidInputError;

export function refuseAt(site: CallSite): Refuse {
  return (path, what) => new InvalidInputError(`\`${path}\` ${what}`, { ...site });
}

/**
 * The tags of a new model, its owner's among them. All is checked before anything is written.
 * @throws InvalidInputError, UnsupportedError
 */
export function checkNewModel(input: NewModel, ownerTag: string, site: CallSite): readonly Tag[] {
  refuseModel(declared(site.registryId), input);
  const refuse = refuseAt(site);
  checkDescription(input.description, refuse);
  const tags = tagsWithOwner(input, ownerTag, site.registryId);
  if (tags.length > TAGS_MAX - 1)
    throw refuse('tags', `has too many entries: at most ${TAGS_MAX - 1} with the owner, beside one of the gateway.`);
  checkTags('tags', tags, refuse);
  return tags;
}

/** The metadata of a new version, as `checkNewModel`. */
export function checkNewVersion(
  input: NewVersion,
  caller: CallOptions['caller'],
  site: CallSite,
): Readonly<Record<string, string>> {
  if ((input.metrics?.length ?? 0) > 0) {
    throw new UnsupportedError(
      'SageMaker keeps pointers to reports and no numbers. Write the metrics to a file, and register it as a report of kind MODEL_QUALITY.',
      { ...site, capability: 'REGISTER_METRICS' },
    );
  }
  refuseVersion(declared(site.registryId), input);
  const refuse = refuseAt(site);
  checkDescription(input.description, refuse);
  checkArtifacts(input.artifacts, refuse, site);
  checkLengths(input, refuse);
  return metadataOf(input, caller, refuse);
}

/** `ClientToken` takes letters, digits and hyphens only; another id stands in by its hash. */
export function clientToken(requestId: string): string {
  return /^[a-zA-Z0-9-]{1,36}$/.test(requestId)
    ? requestId
    : createHash('sha256').update(requestId).digest('hex').slice(0, 36);
}

/** Tags that a caller writes: none of the gateway's own, nor of Studio or AWS. */
export function checkTags(path: string, tags: readonly Tag[], refuse: Refuse): void {
  const keys = new Set(tags.map(({ key }) => key.toLowerCase()));
  if (keys.size < tags.length) throw refuse(path, 'has a key twice; SageMaker compares keys ignoring case.');
  for (const tag of tags) {
    checkTagKey(path, tag.key, refuse);
    checkPair(path, tag, refuse);
  }
}

export function checkTagKey(path: string, key: string, refuse: Refuse): void {
  if (isHiddenTag(key) || /^(aws|registrar):/.test(foldKey(key)))
    throw refuse(path, `has the key ${quote(key)}, which is reserved. Use another key.`);
}

export function checkPair(path: string, { key, value }: Tag, refuse: Refuse): void {
  const allowed = 'letters, digits, spaces and _ . : / = + - @';
  if (key.length < 1 || key.length > LIMITS.metadataKeyMax || !METADATA_TEXT.test(key)) {
    throw refuse(
      path,
      `has the key ${quote(key)}, but keys are 1 to ${LIMITS.metadataKeyMax} characters of ${allowed}.`,
    );
  }
  if (value.length > LIMITS.metadataValueMax || !METADATA_TEXT.test(value)) {
    throw refuse(
      path,
      `has a value for ${quote(key)} that SageMaker cannot hold: at most ${LIMITS.metadataValueMax} characters of ${allowed}.`,
    );
  }
}

function checkDescription(description: string | undefined, refuse: Refuse): void {
  if (description !== undefined && !DESCRIPTION.test(description))
    throw refuse('description', 'has a line break or control character, which SageMaker does not take.');
}

function checkArtifacts(artifacts: NewVersion['artifacts'], refuse: Refuse, site: CallSite): void {
  if (artifacts.length > CONTAINERS_MAX) throw refuse('artifacts', `must have 1 to ${CONTAINERS_MAX} entries.`);
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

/** The metadata that was given, and what SageMaker has no other place for: lineage, and who registers. */
function metadataOf(
  { metadata = [], lineage = {} }: NewVersion,
  caller: CallOptions['caller'],
  refuse: Refuse,
): Readonly<Record<string, string>> {
  const entries = new Map(Object.entries(writeRegistrant(caller)));
  for (const pair of metadata) {
    checkPair('metadata', pair, refuse);
    entries.set(pair.key, pair.value);
  }
  const derived = derivedLineage(lineage.generatedBy ?? undefined);
  for (const field of Object.keys(LINEAGE_KEYS) as (keyof typeof LINEAGE_KEYS)[]) {
    const value = lineage[field];
    if (value == null || value === derived[field]) continue;
    if (value === '') throw refuse(`lineage.${field}`, 'is empty. Leave it out where there is none.');
    checkPair(`lineage.${field}`, { key: LINEAGE_KEYS[field], value }, refuse);
    entries.set(LINEAGE_KEYS[field], value);
  }
  if (entries.size > LIMITS.metadataEntriesMax)
    throw refuse(
      'metadata',
      `has too many entries: at most ${LIMITS.metadataEntriesMax}, with lineage and who registers it.`,
    );
  return Object.fromEntries(entries);
}
