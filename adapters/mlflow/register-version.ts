import { InvalidInputError, NotFoundError, UnsupportedError } from '../../src/domain/errors.js';
import type { ModelVersionRecord, Tag } from '../../src/domain/model.js';
import { quote } from '../../src/domain/refs.js';
import type { CallOptions, NewVersion } from '../../src/domain/registry.js';
import { refuseVersion } from '../shared/refusals.js';
import { approvalTag } from './approval.js';
import { currentModel } from './current.js';
import { declaredBy } from './declarations.js';
import type { MlflowCall } from './errors.js';
import { toVersionRecord } from './map.js';
import { loggedModelIn } from './names.js';
import { invalid, noSuchModel } from './refusals.js';
import { requestTags, settledRequest } from './requests.js';
import type { MlflowSession } from './session.js';
import { refuseApprovalTag, refuseTags, VERSION_TAG_VALUE_MAX } from './tag-rules.js';
import { LINEAGE_TAGS } from './tags.js';
import type { WireVersion } from './wire.js';
import type { NewWireVersion } from './write-calls.js';

const SOURCE_MAX = 500;
const RUN_ID = /^[A-Za-z0-9][\w-]{0,31}$/;

export async function registerVersion(
  session: MlflowSession,
  input: NewVersion,
  caller: CallOptions['caller'],
  call: MlflowCall,
): Promise<ModelVersionRecord> {
  refuseEvidence(input, call);
  refuseVersion(declaredBy(session.registryId), input);
  const body = versionBody(session, input, caller, call);
  // A prompt takes versions too, and is not a model.
  const { name } = await currentModel(session, input.model, call);
  const { requestId } = input;
  if (requestId === undefined) return toVersionRecord(session.map, await create(session, body, call), []);
  const earlier = await settledRequest(session, name, requestId, call);
  if (earlier !== undefined) return toVersionRecord(session.map, earlier, undefined);
  const created = await create(session, body, call);
  const result = await settledRequest(session, name, requestId, call);
  // Where somebody has deleted it at once, it was made nevertheless.
  if (result === undefined || result.version === created.version) return toVersionRecord(session.map, created, []);
  return toVersionRecord(session.map, result, undefined);
}

async function create(session: MlflowSession, body: NewWireVersion, call: MlflowCall): Promise<WireVersion> {
  try {
    return await session.client.createVersion(body, call);
  } catch (error) {
    // The source may name a model or run, which MLflow then looks for.
    if (error instanceof NotFoundError && !/^(models|runs):/i.test(body.source)) throw noSuchModel(call, body);
    if (error instanceof NotFoundError || error instanceof InvalidInputError) throw badSource(call, error);
    throw error;
  }
}

/** The evidence of a version on MLflow, and where it is kept instead. */
const EVIDENCE = {
  metrics: ['REGISTER_METRICS', 'MLflow keeps metrics with the run: log them there and name it in lineage.runId'],
  parameters: [
    'REGISTER_PARAMETERS',
    'MLflow keeps parameters with the run: log them there and name it in lineage.runId',
  ],
  reports: ['REGISTER_REPORTS', 'Log reports to the run as artifacts and name it in lineage.runId'],
  modelCard: ['REGISTER_MODEL_CARD', 'Log the card to the run as an artifact and name it in lineage.runId'],
} as const;

function refuseEvidence(input: NewVersion, { registryId, operation }: MlflowCall): void {
  for (const field of ['metrics', 'parameters', 'reports', 'modelCard'] as const) {
    const value = input[field];
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) continue;
    const [capability, advice] = EVIDENCE[field];
    throw new UnsupportedError(
      `Registry ${registryId} does not support the field ${field}: it lacks the capability ${capability}. ${advice}.`,
      { capability, registryId, operation },
    );
  }
}

function versionBody(
  session: MlflowSession,
  input: NewVersion,
  caller: CallOptions['caller'],
  call: MlflowCall,
): NewWireVersion {
  const { description } = input;
  const source = sourceOf(input, call);
  const runId = input.lineage?.runId ?? undefined;
  if (runId !== undefined && !RUN_ID.test(runId)) {
    throw invalid(call, `${quote(runId)} is not the id of a run: up to 32 letters, digits, _ and -`);
  }
  // A source that names a logged model is taken only together with its id.
  const modelId = loggedModelIn(source);
  return {
    name: input.model.name,
    source,
    tags: [...versionTags(session, input, call), ...requestTags(input.requestId, caller, call)],
    ...(description === undefined ? {} : { description }),
    ...(runId === undefined ? {} : { run_id: runId }),
    ...(modelId === null ? {} : { model_id: modelId }),
  };
}

function sourceOf({ artifacts }: NewVersion, call: MlflowCall): string {
  const [artifact] = artifacts;
  const { registryId, operation } = call;
  for (const [field, value] of Object.entries(artifact ?? {})) {
    if (field === 'uri' || value === null || value === undefined) continue;
    throw new UnsupportedError(
      `Registry ${registryId} holds nothing of an artifact but its uri. Leave the field ${field} out, or write it to a tag.`,
      { registryId, operation },
    );
  }
  const source = artifact?.uri ?? '';
  if (source.length > SOURCE_MAX) throw invalid(call, `the artifact's uri has more than ${SOURCE_MAX} characters`);
  if (!source.isWellFormed()) throw invalid(call, "the artifact's uri holds a lone surrogate; send well-formed text");
  return source;
}

function versionTags({ options }: MlflowSession, input: NewVersion, call: MlflowCall): readonly Tag[] {
  const tags = input.tags ?? [];
  refuseTags(tags, VERSION_TAG_VALUE_MAX, call);
  refuseApprovalTag(
    options.approval.tag,
    tags.map(({ key }) => key),
    call,
  );
  const lineage = Object.entries(LINEAGE_TAGS).flatMap(([field, key]) => {
    const value = input.lineage?.[field as keyof typeof LINEAGE_TAGS];
    return value === undefined || value === null ? [] : [{ key, value }];
  });
  if (!lineage.every(({ value }) => value.isWellFormed())) {
    throw invalid(call, 'lineage holds a lone surrogate; send well-formed text');
  }
  return [approvalTag(options.approval, 'PENDING'), ...lineage, ...tags];
}

function badSource({ registryId, operation }: MlflowCall, cause: unknown): InvalidInputError {
  return new InvalidInputError(
    `MLflow does not take this version for registry ${registryId}, most likely because of the artifact's uri: it must be absolute and without "..", ` +
      'a local path or mlflow-artifacts: uri must lie within the run of lineage.runId, and what a models: or runs: uri names must be there.',
    { registryId, operation, cause },
  );
}
