import { Field, ObjectType } from 'type-graphql';
import { DateTimeScalar } from '../scalars.js';
import { RegistryActorType } from './common.type.js';
import { NodeType } from './node.type.js';

/** The value behind it is a `ModelRecord`; fields that it does not hold under their own name are in `model.resolver.ts`. */
@ObjectType('Model', {
  implements: NodeType,
  description: 'A SageMaker model package group, an MLflow registered model, a self-managed model.',
  simpleResolvers: true,
})
export class ModelType extends NodeType {
  @Field(() => String, { description: 'ARN, or MLflow `models:/name` URI.' })
  readonly nativeId!: string;

  @Field(() => String, { nullable: true, description: 'What it is for, in the words of its makers.' })
  readonly description!: string | null;

  @Field(() => String, { nullable: true, description: "From the tag that the registry's config names as the owner's." })
  readonly owner!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was created.' })
  readonly createdAt!: string | null;

  @Field(() => RegistryActorType, { nullable: true, description: 'Who created it.' })
  readonly createdBy!: RegistryActorType | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it last changed, where the registry says.' })
  readonly updatedAt!: string | null;

  @Field(() => String, { nullable: true, description: 'Where a person can look at it: SageMaker Studio or MLflow.' })
  readonly consoleUrl!: string | null;
}

/** The value behind it is an `AliasRecord` with the model it belongs to. */
@ObjectType('ModelAlias', { description: 'A named pointer to exactly one version of a model.', simpleResolvers: true })
export class ModelAliasType {
  @Field(() => String, { description: 'The name.' })
  readonly name!: string;

  @Field(() => String, { description: 'The version it points to.' })
  readonly version!: string;
}
