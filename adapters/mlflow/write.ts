import { ConflictError, InvalidInputError, NotFoundError, UnsupportedError } from '../../src/domain/errors.js';
import type { ModelRecord, ModelVersionRecord, Tag } from '../../src/domain/model.js';
import { quote } from '../../src/domain/refs.js';
import type { NewModel, NewVersion } from '../../src/domain/registry.js';
import { tagsWithOwner } from '../shared/owner.js';
import { refuseModel, refuseVersion } from '../shared/refusals.js';
import { approvalTag } from './approval.js';
import type { NewWireVersion } from './client.js';
import { CAPABILITIES, LIMITS } from './declarations.js';
import type { MlflowCall } from './errors.js';
import { equalsCondition, tagField } from './filter.js';
import { toModelRecord, toVersionRecord } from './map.js';
import { isPossibleModel, withNameCondition } from './names.js';
import type { MlflowSession } from './session.js';
import { CREATED_BY_TAG, isPrompt, isReservedTag, LINEAGE_TAGS, REQUEST_TAG, TAG_KEY, tagValue } from './tags.js';
import type { WireVersion } from './wire.js';

// Columns and checks of MLflow's store; not every database behind it would say what is wrong.
const TAG_KEY_MAX = 250;
const MODEL_TAG_VALUE_MAX = 5000;
const VERSION_TAG_VALUE_MAX = 100_000;
const SOURCE_MAX = 500;
const RUN_ID = /^[A-Za-z0-9][\w-]{0,31}$/;

export async function createModel(
  session: MlflowSession,
  input: NewModel,
  caller: string | undefined,
  call: MlflowCall,
): Promise<ModelRecord> {
  refuseModel({ id: session.registryId, capabilities: CAPABILITIES, limits: LIMITS }, input);
  const tags = [...modelTags(session, input, call), ...requestTags(input.requestId, caller)];
  refuseIllFormed(
    session,
    tags.map((tag) => tag.value),
    call,
  );
  const body = { name: input.name, tags, ...optional('description', input.description) };
  try {
    return toModelRecord(session.map, await session.client.createModel(body, call));
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    const holder = await session.client.getModel(input.name, call);
    const isOurs = input.requestId !== undefined && tagValue(holder?.tags ?? [], REQUEST_TAG) === input.requestId;
    if (holder !== null && isOurs) return toModelRecord(session.map, holder);
    const what = holder !== null && isPrompt(holder.tags) ? 'prompt' : 'model';
    throw new ConflictError(
      `Registry ${session.registryId} has a ${what} named ${quote(input.name)} already. Choose another name.`,
      { registryId: call.registryId, operation: call.operation, cause: error },
    );
  }
}

export async function registerVersion(
  session: MlflowSession,
  input: NewVersion,
  caller: string | undefined,
  call: MlflowCall,
): Promise<ModelVersionRecord> {
  refuseVersion({ id: session.registryId, capabilities: CAPABILITIES, limits: LIMITS }, input);
  const body = versionBody(session, input, caller, call);
  // A prompt takes versions too, and is not a model.
  const model = isPossibleModel(input.model) ? await session.client.getModel(input.model.name, call) : null;
  if (model === null || isPrompt(model.tags)) throw noSuchModel(session, input, call);
  const earlier = await findByRequest(session, input, call);
  if (earlier !== undefined) return toVersionRecord(session.map, earlier, undefined);
  try {
    return toVersionRecord(session.map, await session.client.createVersion(body, call), []);
  } catch (error) {
    // The source may name a model or run, which MLflow then looks for.
    if (error instanceof NotFoundError && !/^(models|runs):/i.test(body.source))
      throw noSuchModel(session, input, call);
    if (error instanceof NotFoundError || error instanceof InvalidInputError) throw badSource(session, call, error);
    throw error;
  }
}

/** What a repeated request made the first time. */
async function findByRequest(
  session: MlflowSession,
  { model, requestId }: NewVersion,
  call: MlflowCall,
): Promise<WireVersion | undefined> {
  if (requestId === undefined) return undefined;
  const byRequest = equalsCondition(tagField(REQUEST_TAG), requestId);
  const page = await withNameCondition(session, model.name, (name) =>
    session.client.searchVersions(
      { conditions: [name.text, byRequest.text], orderBy: ['version_number ASC'], limit: session.options.pageSize },
      call,
    ),
  );
  return page.items.find(({ name, tags }) => name === model.name && tagValue(tags, REQUEST_TAG) === requestId);
}

function versionBody(
  session: MlflowSession,
  input: NewVersion,
  caller: string | undefined,
  call: MlflowCall,
): NewWireVersion {
  const [artifact] = input.artifacts;
  for (const [field, value] of Object.entries(artifact ?? {})) {
    if (field === 'uri' || value === null || value === undefined) continue;
    throw new UnsupportedError(
      `Registry ${session.registryId} holds nothing of an artifact but its uri. Leave the field ${field} out, or write it to a tag.`,
      { registryId: call.registryId, operation: call.operation },
    );
  }
  const source = artifact?.uri ?? '';
  if (source.length > SOURCE_MAX)
    throw invalid(session, call, `the artifact's uri has more than ${SOURCE_MAX} characters`);
  const { runId } = input.lineage ?? {};
  if (typeof runId === 'string' && !RUN_ID.test(runId)) {
    throw invalid(session, call, `${quote(runId)} is not the id of a run: up to 32 letters, digits, _ and -`);
  }
  const tags = [...versionTags(session, input, call), ...requestTags(input.requestId, caller)];
  refuseIllFormed(session, [source, ...tags.map((tag) => tag.value)], call);
  return {
    name: input.model.name,
    source,
    tags,
    ...optional('description', input.description),
    ...optional('run_id', runId ?? undefined),
  };
}

function modelTags({ options, ...session }: MlflowSession, input: NewModel, call: MlflowCall): readonly Tag[] {
  const all = tagsWithOwner(input, options.ownerTag, session.registryId);
  refuseTags(session, all, MODEL_TAG_VALUE_MAX, call);
  return all;
}

function versionTags({ options, ...session }: MlflowSession, input: NewVersion, call: MlflowCall): readonly Tag[] {
  const tags = input.tags ?? [];
  refuseTags(session, tags, VERSION_TAG_VALUE_MAX, call);
  if (tagValue(tags, options.approval.tag) !== undefined) {
    throw invalid(
      session,
      call,
      `the tag ${options.approval.tag} is the approval status, which is decided on, not registered`,
    );
  }
  const lineage = Object.entries(LINEAGE_TAGS).flatMap(([field, key]) => {
    const value = input.lineage?.[field as keyof typeof LINEAGE_TAGS];
    return value === undefined || value === null ? [] : [{ key, value }];
  });
  return [approvalTag(options.approval, 'PENDING'), ...lineage, ...tags];
}

function refuseTags(
  session: Pick<MlflowSession, 'registryId'>,
  tags: readonly Tag[],
  valueMax: number,
  call: MlflowCall,
): void {
  for (const { key, value } of tags) {
    if (isReservedTag(key)) throw invalid(session, call, `the tag ${quote(key)} is kept for a field of its own`);
    if (!TAG_KEY.test(key) || key.length > TAG_KEY_MAX) {
      throw invalid(
        session,
        call,
        `the tag key ${quote(key)} may have up to ${TAG_KEY_MAX} letters, digits, spaces, and any of _ - . : /`,
      );
    }
    if (value.length > valueMax)
      throw invalid(session, call, `the tag ${quote(key)} has more than ${valueMax} characters`);
  }
}

function refuseIllFormed(session: MlflowSession, texts: readonly string[], call: MlflowCall): void {
  if (texts.every((text) => text.isWellFormed())) return;
  throw invalid(session, call, 'a field holds a lone surrogate; send well-formed text');
}

function requestTags(requestId: string | undefined, caller: string | undefined): readonly Tag[] {
  return [
    ...(requestId === undefined ? [] : [{ key: REQUEST_TAG, value: requestId }]),
    ...(caller === undefined ? [] : [{ key: CREATED_BY_TAG, value: caller }]),
  ];
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: string });
}

function invalid({ registryId }: Pick<MlflowSession, 'registryId'>, call: MlflowCall, what: string): InvalidInputError {
  return new InvalidInputError(`Registry ${registryId} cannot hold this: ${what}.`, {
    registryId,
    operation: call.operation,
  });
}

function noSuchModel({ registryId }: MlflowSession, { model }: NewVersion, call: MlflowCall): NotFoundError {
  return new NotFoundError(`Registry ${registryId} has no model named ${quote(model.name)}. Create it first.`, {
    registryId,
    operation: call.operation,
  });
}

function badSource({ registryId }: MlflowSession, call: MlflowCall, cause: unknown): InvalidInputError {
  return new InvalidInputError(
    `MLflow does not take this version for registry ${registryId}, most likely because of the artifact's uri: it must be absolute and without "..", ` +
      'a local path or mlflow-artifacts: uri must lie within the run of lineage.runId, and what a models: or runs: uri names must be there.',
    { registryId, operation: call.operation, cause },
  );
}
