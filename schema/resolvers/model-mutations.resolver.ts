import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { GraphQLContext, ModelWritten } from '../../src/context.js';
import { modelId, parseModelId, parseVersionId } from '../../src/domain/refs.js';
import {
  type AliasExpectationInput,
  CreateModelInput,
  DeleteModelAliasInput,
  DeleteModelInput,
  SetModelAliasInput,
  UpdateModelInput,
} from '../inputs/model-mutations.input.js';
import { entries, given, keys } from '../inputs/mutation-parts.input.js';
import { present } from '../inputs/present.js';
import { cursorAfterWrite } from '../types/cursor-after-write.js';
import { fromRefusals, fromWritten } from '../types/from-written.js';
import {
  CreateModelPayloadType,
  DeleteModelAliasPayloadType,
  DeleteModelPayloadType,
  SetModelAliasPayloadType,
  UpdateModelPayloadType,
} from '../types/payloads.type.js';

const INPUT = { description: 'What is to be done.' };

@Resolver()
export class ModelMutationsResolver {
  @Mutation(() => CreateModelPayloadType, { description: 'Creates a model. Needs the role CONTRIBUTOR.' })
  async createModel(
    @Arg('input', () => CreateModelInput, INPUT) input: CreateModelInput,
    @Ctx() context: GraphQLContext,
  ) {
    const { registryId, name, tags, description, owner, idempotencyKey } = input;
    // What names no registry of the caller's is refused in the words that every field has for it.
    const model = context.catalog.modelRef(registryId, name);
    const fields = present({ description, owner, tags: entries('tags', tags), idempotencyKey });
    return fromModel(await context.mutations.createModel(model, fields), context);
  }

  @Mutation(() => UpdateModelPayloadType, { description: 'Changes a model. Needs the role CONTRIBUTOR.' })
  async updateModel(
    @Arg('input', () => UpdateModelInput, INPUT) input: UpdateModelInput,
    @Ctx() context: GraphQLContext,
  ) {
    const { modelId: id, setTags, removeTags, description, owner, idempotencyKey } = input;
    const written = await context.mutations.updateModel({
      model: parseModelId(id),
      ...given({ description, owner }),
      ...present({ setTags: entries('setTags', setTags), removeTags: keys('removeTags', removeTags), idempotencyKey }),
    });
    return fromModel(written, context);
  }

  @Mutation(() => DeleteModelPayloadType, {
    description:
      'Deletes a model. Needs the role CONTRIBUTOR, with `includeApproved` ADMIN. The ledger keeps what was decided.',
  })
  async deleteModel(
    @Arg('input', () => DeleteModelInput, INPUT) input: DeleteModelInput,
    @Ctx() context: GraphQLContext,
  ) {
    const { modelId: id, cascade, includeApproved, idempotencyKey } = input;
    const { deletedModelId, deletedVersionIds, refused, replayed } = await context.mutations.deleteModel({
      model: parseModelId(id),
      cascade,
      includeApproved,
      ...present({ idempotencyKey }),
    });
    return {
      deletedModelId,
      deletedVersionIds,
      refused: fromRefusals(refused),
      replayed,
      changesCursor: cursorAfterWrite(context),
    };
  }

  @Mutation(() => SetModelAliasPayloadType, {
    description: 'Puts an alias on a version, from wherever it is. Needs the role CONTRIBUTOR.',
  })
  async setModelAlias(
    @Arg('input', () => SetModelAliasInput, INPUT) input: SetModelAliasInput,
    @Ctx() context: GraphQLContext,
  ) {
    const { modelVersionId, alias, expected, idempotencyKey } = input;
    const moved = await context.mutations.setModelAlias({
      version: parseVersionId(modelVersionId),
      alias,
      ...present({ expected: toExpectation(expected), idempotencyKey }),
    });
    return { ...fromModel(moved, context), previousVersion: moved.previousVersion };
  }

  @Mutation(() => DeleteModelAliasPayloadType, { description: 'Takes an alias away. Needs the role CONTRIBUTOR.' })
  async deleteModelAlias(
    @Arg('input', () => DeleteModelAliasInput, INPUT) input: DeleteModelAliasInput,
    @Ctx() context: GraphQLContext,
  ) {
    const { modelId: id, alias, expected, idempotencyKey } = input;
    const written = await context.mutations.deleteModelAlias({
      model: parseModelId(id),
      alias,
      ...present({ expected: toExpectation(expected), idempotencyKey }),
    });
    return fromModel(written, context);
  }
}

function fromModel({ model, ...written }: ModelWritten, context: GraphQLContext) {
  const { record, payload } = fromWritten(written, context);
  return { modelId: modelId(model), model: record, ...payload };
}

function toExpectation(expected: AliasExpectationInput | null | undefined) {
  if (expected === null || expected === undefined) return undefined;
  return { version: expected.version ?? null };
}
