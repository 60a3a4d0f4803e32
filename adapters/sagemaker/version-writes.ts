import {
  DeleteModelPackageCommand,
  UpdateModelPackageCommand,
  type UpdateModelPackageCommandInput,
} from '@aws-sdk/client-sagemaker';
import { ConflictError, UnsupportedError } from '../../src/domain/errors.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import type { VersionRef } from '../../src/domain/refs.js';
import type { VersionUpdate } from '../../src/domain/registry.js';
import { refuseVersionUpdate } from '../shared/refusals.js';
import type { Call } from './client.js';
import { declared, LIMITS } from './declarations.js';
import { isArchivedCard, isMissing, isValidation, refusedInput } from './errors.js';
import { checkPair, refuseAt } from './input.js';
import { toCardContent } from './model-card.js';
import type { Registry } from './registry.js';
import { type Described, noSuchVersion, type Versions } from './version-lookup.js';

export type Fields = Omit<UpdateModelPackageCommandInput, 'ModelPackageArn'>;

/** All of it in one call, and none where nothing would change. */
export async function updateVersion(
  registry: Registry,
  versions: Versions,
  input: VersionUpdate,
  call: Call,
): Promise<ModelVersionRecord> {
  refuseVersionUpdate(declared(registry.id), input);
  const refuse = refuseAt(call);
  for (const pair of input.setMetadata ?? []) checkPair('setMetadata', pair, refuse);
  if (input.modelCard === null) {
    throw new UnsupportedError(
      'SageMaker keeps the model card of a version for good. Send another one, or archive it in SageMaker.',
      { ...siteOf(call) },
    );
  }
  const content = input.modelCard === undefined ? undefined : toCardContent(input.modelCard, call);
  const current = await versions.existing(input.version, call);
  const fields = { ...metadataFields(input, current, call), ...cardFields(content, current, call) };
  if (Object.keys(fields).length === 0) return current.record;
  return write(registry, versions, input.version, current, fields, call);
}

export async function deleteVersion(
  registry: Registry,
  versions: Versions,
  version: VersionRef,
  call: Call,
): Promise<void> {
  const { record } = await versions.existing(version, call);
  try {
    const command = new DeleteModelPackageCommand({ ModelPackageName: record.nativeId });
    await registry.sagemaker.write(call, (client, http) => client.send(command, http));
  } catch (error) {
    throw isMissing(error) ? noSuchVersion(version, call, error) : error;
  }
}

/** One UpdateModelPackage and what is there afterwards, from no index. */
export async function write(
  registry: Registry,
  versions: Versions,
  version: VersionRef,
  { record }: Described,
  fields: Fields,
  call: Call,
): Promise<ModelVersionRecord> {
  try {
    const command = new UpdateModelPackageCommand({ ModelPackageArn: record.nativeId, ...fields });
    await registry.sagemaker.write(call, (client, http) => client.send(command, http));
  } catch (error) {
    if (isMissing(error)) throw noSuchVersion(version, call, error);
    if (isArchivedCard(error)) throw archivedCard(call, error);
    throw isValidation(error) ? refusedInput(call, hintFor(fields), error) : error;
  }
  return (await versions.existing(version, call)).record;
}

function metadataFields(
  { setMetadata = [], removeMetadata = [] }: VersionUpdate,
  { pkg }: Described,
  call: Call,
): Fields {
  const present = new Map(Object.entries(pkg.CustomerMetadataProperties ?? {}));
  const set = setMetadata.filter(({ key, value }) => present.get(key) !== value);
  const remove = removeMetadata.filter((key) => present.has(key));
  const count = new Set([...present.keys(), ...set.map(({ key }) => key)]).size - remove.length;
  const max = LIMITS.metadataEntriesMax;
  if (set.length > 0 && count > max) {
    throw refuseAt(call)(
      'setMetadata',
      `would make ${count} entries with those that are there, the gateway's own among them; at most ${max} fit.`,
    );
  }
  return {
    ...(set.length === 0
      ? {}
      : { CustomerMetadataProperties: Object.fromEntries(set.map(({ key, value }) => [key, value])) }),
    ...(remove.length === 0 ? {} : { CustomerMetadataPropertiesToRemove: remove }),
  };
}

/** The status of a card that is there is its owner's to move on. */
function cardFields(content: string | undefined, { pkg }: Described, call: Call): Fields {
  const { ModelCard: card } = pkg;
  if (content === undefined || card?.ModelCardContent === content) return {};
  if (card?.ModelCardStatus === 'Archived') throw archivedCard(call);
  return { ModelCard: { ModelCardContent: content, ...(card === undefined ? { ModelCardStatus: 'Draft' } : {}) } };
}

function archivedCard(call: Call, cause?: unknown): ConflictError {
  return new ConflictError(
    'The model card of this version is archived, and SageMaker takes no new content for it. Register a new version.',
    { ...siteOf(call), cause },
  );
}

function hintFor(fields: Fields): string {
  if (fields.ModelCard !== undefined) return 'Check the model card: SageMaker takes its own schema only.';
  if (fields.ModelApprovalStatus !== undefined) return 'Shorten the comment, or remove metadata to make room.';
  return 'Check the texts, and how many entries of metadata there are.';
}

function siteOf({ registryId, operation }: Call) {
  return { registryId, operation };
}
