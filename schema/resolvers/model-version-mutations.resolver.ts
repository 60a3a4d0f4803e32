import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { GraphQLContext, VersionWritten } from '../../src/context.js';
import { parseModelId, parseVersionId, versionId } from '../../src/domain/refs.js';
import { toSelection } from '../inputs/model-filter.input.js';
import { toModelRefs, toVersionFilter } from '../inputs/model-version-filter.input.js';
import {
  DeleteModelVersionInput,
  DeleteModelVersionsInput,
  RegisterModelVersionInput,
  SetModelVersionStageInput,
  UpdateModelVersionInput,
} from '../inputs/model-version-mutations.input.js';
import { entries, given, keys } from '../inputs/mutation-parts.input.js';
import { present } from '../inputs/present.js';
import { cursorAfterWrite } from '../types/cursor-after-write.js';
import { fromEvaluation } from '../types/from-approval.js';
import { fromRefusals, fromWritten } from '../types/from-written.js';
import {
  DeleteModelVersionPayloadType,
  DeleteModelVersionsPayloadType,
  RegisterModelVersionPayloadType,
  SetModelVersionStagePayloadType,
  UpdateModelVersionPayloadType,
} from '../types/payloads.type.js';

const INPUT = { description: 'What is to be done.' };

@Resolver()
export class ModelVersionMutationsResolver {
  @Mutation(() => RegisterModelVersionPayloadType, {
    description: 'Registers a version, and lets the policies judge it. Needs the role CONTRIBUTOR.',
  })
  async registerModelVersion(
    @Arg('input', () => RegisterModelVersionInput, INPUT) input: RegisterModelVersionInput,
    @Ctx() context: GraphQLContext,
  ) {
    const registered = await context.mutations.registerModelVersion({
      model: parseModelId(input.modelId),
      artifacts: entries('artifacts', input.artifacts) ?? [],
      ...present({
        description: input.description,
        metrics: entries('metrics', input.metrics),
        reports: entries('reports', input.reports),
        parameters: entries('parameters', input.parameters),
        metadata: entries('metadata', input.metadata),
        tags: entries('tags', input.tags),
        lineage: input.lineage === null || input.lineage === undefined ? undefined : present(input.lineage),
        inference: input.inference === null || input.inference === undefined ? undefined : present(input.inference),
        modelCard: input.modelCard,
        idempotencyKey: input.idempotencyKey,
      }),
    });
    const { evaluation } = registered;
    return { ...fromVersion(registered, context), evaluation: evaluation === null ? null : fromEvaluation(evaluation) };
  }

  @Mutation(() => UpdateModelVersionPayloadType, {
    description: 'Changes what is no decision about a version. Needs the role CONTRIBUTOR.',
  })
  async updateModelVersion(
    @Arg('input', () => UpdateModelVersionInput, INPUT) input: UpdateModelVersionInput,
    @Ctx() context: GraphQLContext,
  ) {
    const { modelVersionId, description, modelCard, setMetadata, removeMetadata, setTags, removeTags } = input;
    const written = await context.mutations.updateModelVersion({
      version: parseVersionId(modelVersionId),
      ...given({ description, modelCard }),
      ...present({
        setMetadata: entries('setMetadata', setMetadata),
        removeMetadata: keys('removeMetadata', removeMetadata),
        setTags: entries('setTags', setTags),
        removeTags: keys('removeTags', removeTags),
        idempotencyKey: input.idempotencyKey,
      }),
    });
    return fromVersion(written, context);
  }

  @Mutation(() => DeleteModelVersionPayloadType, {
    description:
      'Deletes a version, unless something serves it. Needs the role CONTRIBUTOR, for an approved one ADMIN. The ledger keeps what was decided.',
  })
  async deleteModelVersion(
    @Arg('input', () => DeleteModelVersionInput, INPUT) input: DeleteModelVersionInput,
    @Ctx() context: GraphQLContext,
  ) {
    const { modelVersionId, includeApproved, idempotencyKey } = input;
    const version = parseVersionId(modelVersionId);
    const { replayed } = await context.mutations.deleteModelVersion({
      version,
      includeApproved,
      ...present({ idempotencyKey }),
    });
    return { deletedModelVersionId: versionId(version), replayed, changesCursor: cursorAfterWrite(context) };
  }

  @Mutation(() => DeleteModelVersionsPayloadType, {
    description:
      'Cleans up. Dry by default: says what it would delete and what it would refuse, and gives the token that a real run needs. ' +
      'Needs the role CONTRIBUTOR over what it deletes, with `includeApproved` ADMIN.',
  })
  async deleteModelVersions(
    @Arg('input', () => DeleteModelVersionsInput, INPUT) input: DeleteModelVersionsInput,
    @Ctx() context: GraphQLContext,
  ) {
    const { filter, limit, dryRun, confirmationToken, includeApproved, idempotencyKey } = input;
    const done = await context.mutations.deleteModelVersions({
      selection: toSelection(filter),
      filter: toVersionFilter(filter),
      models: toModelRefs(filter.modelIds),
      limit,
      dryRun,
      confirmationToken: confirmationToken ?? null,
      includeApproved,
      ...present({ idempotencyKey }),
    });
    return { ...done, refused: fromRefusals(done.refused), changesCursor: cursorAfterWrite(context) };
  }

  @Mutation(() => SetModelVersionStagePayloadType, {
    description: 'Puts a version into a stage. Needs the role CONTRIBUTOR.',
  })
  async setModelVersionStage(
    @Arg('input', () => SetModelVersionStageInput, INPUT) input: SetModelVersionStageInput,
    @Ctx() context: GraphQLContext,
  ) {
    const { modelVersionId, stage, status, description, expectedStage, archiveOthers, idempotencyKey } = input;
    const written = await context.mutations.setModelVersionStage({
      version: parseVersionId(modelVersionId),
      archiveOthers,
      ...given({ stage, status, description, expectedStage }),
      ...present({ idempotencyKey }),
    });
    return fromVersion(written, context);
  }
}

function fromVersion({ version, ...written }: VersionWritten, context: GraphQLContext) {
  const { record, payload } = fromWritten(written, context);
  return { modelVersionId: versionId(version), modelVersion: record, ...payload };
}
