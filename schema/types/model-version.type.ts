import { Field, Int, ObjectType } from 'type-graphql';
import type { ApprovalStatus, RegistrationStatus } from '../../src/domain/model.js';
import { ApprovalStatusEnum, RegistrationStatusEnum } from '../enums.js';
import { DateTimeScalar } from '../scalars.js';
import { RegistryActorType } from './common.type.js';
import { NodeType } from './node.type.js';
import {
  InferenceSpecificationType,
  LifecycleStageType,
  ModelArtifactType,
  ModelLineageType,
} from './version-parts.type.js';

/** The value behind it is a `ModelVersionRecord`; fields that it does not hold under their own name are in `model-version.resolver.ts`. */
@ObjectType('ModelVersion', {
  implements: NodeType,
  description: 'A SageMaker model package, an MLflow model version, a self-managed version.',
  simpleResolvers: true,
})
export class ModelVersionType extends NodeType {
  @Field(() => Int, { description: 'The version as a number; versions of a model are ordered by it.' })
  readonly number!: number;

  @Field(() => String, { description: 'ARN, or MLflow `models:/name/version` URI.' })
  readonly nativeId!: string;

  @Field(() => String, { nullable: true, description: 'What is new in it, in the words of its makers.' })
  readonly description!: string | null;

  @Field(() => RegistrationStatusEnum, { description: 'Whether the version itself is usable.' })
  readonly registrationStatus!: RegistrationStatus;

  @Field(() => String, { nullable: true, description: 'Why it is not READY, where the registry says.' })
  readonly registrationMessage!: string | null;

  @Field(() => ApprovalStatusEnum, { description: 'As the registry says now.' })
  readonly approvalStatus!: ApprovalStatus;

  @Field(() => Boolean, { description: 'False: PENDING only because the registry says nothing.' })
  readonly approvalStatusExplicit!: boolean;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it entered that status. Null: not known.' })
  readonly approvalStatusSince!: string | null;

  @Field(() => LifecycleStageType, { nullable: true, description: 'Where it is in its life; null without a stage.' })
  readonly stage!: LifecycleStageType | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was registered.' })
  readonly createdAt!: string | null;

  @Field(() => RegistryActorType, { nullable: true, description: 'Who registered it.' })
  readonly createdBy!: RegistryActorType | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it last changed, where the registry says.' })
  readonly updatedAt!: string | null;

  @Field(() => [ModelArtifactType], {
    nullable: true,
    description: 'The files it consists of and the images that run them.',
  })
  readonly artifacts!: readonly ModelArtifactType[];

  @Field(() => ModelLineageType, { nullable: true, description: 'Where it came from.' })
  readonly lineage!: ModelLineageType | null;

  @Field(() => InferenceSpecificationType, { nullable: true, description: 'How it can be called and on what it runs.' })
  readonly inference!: InferenceSpecificationType | null;

  @Field(() => String, { nullable: true, description: 'Where a person can look at it: SageMaker Studio or MLflow.' })
  readonly consoleUrl!: string | null;
}
