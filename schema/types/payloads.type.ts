import { Field, ID, ObjectType } from 'type-graphql';
import { ModelApprovalType, PolicyEvaluationType } from './approval.type.js';
import { ProblemType } from './common.type.js';
import type { cursorAfterWrite } from './cursor-after-write.js';
import { ModelType } from './model.type.js';
import { ModelVersionType } from './model-version.type.js';

/** What every mutation gives back besides its own fields. */
@ObjectType()
abstract class Payload {
  @Field(() => Boolean, {
    description: 'True where this is the result of an earlier request with the same idempotencyKey.',
  })
  readonly replayed!: boolean;

  @Field(() => String, {
    nullable: true,
    simple: true,
    description:
      'A position in the journal that has the write: pass it as `freshness.after`. Null while the journal cannot be reached.',
  })
  readonly changesCursor!: ReturnType<typeof cursorAfterWrite>;
}

@ObjectType()
abstract class ModelPayload extends Payload {
  @Field(() => ID, { description: 'The model.' })
  readonly modelId!: string;

  @Field(() => ModelType, { nullable: true, description: 'As it is now; null where it could not be read back.' })
  readonly model!: unknown;

  @Field(() => ProblemType, { nullable: true, description: 'Why it could not be read back.' })
  readonly problem!: ProblemType | null;
}

@ObjectType()
abstract class ModelVersionPayload extends Payload {
  @Field(() => ID, { description: 'The version.' })
  readonly modelVersionId!: string;

  @Field(() => ModelVersionType, { nullable: true, description: 'As it is now; null where it could not be read back.' })
  readonly modelVersion!: unknown;

  @Field(() => ProblemType, {
    nullable: true,
    description: 'Why it could not be read back, or what is still to be done.',
  })
  readonly problem!: ProblemType | null;
}

@ObjectType('DeletionRefusal', { description: 'A version that was not deleted, and why.', simpleResolvers: true })
export class DeletionRefusalType {
  @Field(() => ID, { description: 'The version.' })
  readonly modelVersionId!: string;

  @Field(() => ProblemType, { description: 'Why not.' })
  readonly problem!: ProblemType;
}

@ObjectType('CreateModelPayload', { description: 'The new model.', simpleResolvers: true })
export class CreateModelPayloadType extends ModelPayload {}

@ObjectType('UpdateModelPayload', { description: 'The changed model.', simpleResolvers: true })
export class UpdateModelPayloadType extends ModelPayload {}

@ObjectType('DeleteModelAliasPayload', { description: 'The model without the alias.', simpleResolvers: true })
export class DeleteModelAliasPayloadType extends ModelPayload {}

@ObjectType('SetModelAliasPayload', { description: 'The model with the alias.', simpleResolvers: true })
export class SetModelAliasPayloadType extends ModelPayload {
  @Field(() => String, { nullable: true, description: 'The version that held it before; null: none.' })
  readonly previousVersion!: string | null;
}

@ObjectType('DeleteModelPayload', { description: 'What was deleted.', simpleResolvers: true })
export class DeleteModelPayloadType extends Payload {
  @Field(() => ID, { nullable: true, description: 'The model; null where a version of it was refused.' })
  readonly deletedModelId!: string | null;

  @Field(() => [ID], { description: 'The versions that went with it.' })
  readonly deletedVersionIds!: readonly string[];

  @Field(() => [DeletionRefusalType], { description: 'The versions that keep it from being deleted.' })
  readonly refused!: readonly DeletionRefusalType[];
}

@ObjectType('RegisterModelVersionPayload', { description: 'The new version.', simpleResolvers: true })
export class RegisterModelVersionPayloadType extends ModelVersionPayload {
  @Field(() => PolicyEvaluationType, { nullable: true, description: 'What the policies did at registration.' })
  readonly evaluation!: PolicyEvaluationType | null;
}

@ObjectType('UpdateModelVersionPayload', { description: 'The changed version.', simpleResolvers: true })
export class UpdateModelVersionPayloadType extends ModelVersionPayload {}

@ObjectType('SetModelVersionStagePayload', { description: 'The version in its stage.', simpleResolvers: true })
export class SetModelVersionStagePayloadType extends ModelVersionPayload {}

@ObjectType('DecideModelVersionPayload', { description: 'The decision, and what became of it.', simpleResolvers: true })
export class DecideModelVersionPayloadType extends ModelVersionPayload {
  @Field(() => ModelApprovalType, {
    description: 'The decision in the ledger. INTENDED with a `problem`: it is decided, and will be carried out.',
  })
  readonly approval!: unknown;
}

@ObjectType('DeleteModelVersionPayload', { description: 'What was deleted.', simpleResolvers: true })
export class DeleteModelVersionPayloadType extends Payload {
  @Field(() => ID, { description: 'The version.' })
  readonly deletedModelVersionId!: string;
}

@ObjectType('DeleteModelVersionsPayload', { description: 'What was, or would be, cleaned up.', simpleResolvers: true })
export class DeleteModelVersionsPayloadType extends Payload {
  @Field(() => Boolean, { description: 'Whether nothing was deleted yet.' })
  readonly dryRun!: boolean;

  @Field(() => String, { nullable: true, description: 'What a real run needs; null where there is nothing to delete.' })
  readonly confirmationToken!: string | null;

  @Field(() => [ID], { description: 'What is gone; of a dry run, what would go.' })
  readonly deletedIds!: readonly string[];

  @Field(() => [DeletionRefusalType], { description: 'What stays, and why.' })
  readonly refused!: readonly DeletionRefusalType[];

  @Field(() => Boolean, { description: 'Whether more matched than `limit`.' })
  readonly hasMore!: boolean;
}
