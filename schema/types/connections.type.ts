import { Field, Int, ObjectType } from 'type-graphql';
import { DateTimeScalar } from '../scalars.js';
import { FreshnessType, PageInfoType, ProblemType } from './common.type.js';
import { ModelType } from './model.type.js';
import { ModelVersionType } from './model-version.type.js';
import { RegistryType } from './registry.type.js';

@ObjectType('UnavailableRegistry', {
  description: 'A registry that could not answer for this list.',
  simpleResolvers: true,
})
export class UnavailableRegistryType {
  @Field(() => RegistryType, { description: 'The registry.' })
  readonly registry!: unknown;

  @Field(() => ProblemType, { description: 'Why it could not answer.' })
  readonly problem!: ProblemType;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Set when older data stood in for it: how far that is complete.',
  })
  readonly servedStaleFrom!: string | null;
}

@ObjectType('ModelEdge', { description: 'A model in a list.', simpleResolvers: true })
export class ModelEdgeType {
  @Field(() => String, { description: 'Its place in this list; pass it as `after` or `before`.' })
  readonly cursor!: string;

  @Field(() => ModelType, { description: 'The model.' })
  readonly node!: unknown;
}

@ObjectType('ModelVersionEdge', { description: 'A version in a list.', simpleResolvers: true })
export class ModelVersionEdgeType {
  @Field(() => String, { description: 'Its place in this list; pass it as `after` or `before`.' })
  readonly cursor!: string;

  @Field(() => ModelVersionType, { description: 'The version.' })
  readonly node!: unknown;
}

@ObjectType({ simpleResolvers: true })
class ConnectionType {
  @Field(() => PageInfoType, { description: 'Where the page stands in its list.' })
  readonly pageInfo!: PageInfoType;

  @Field(() => Int, {
    nullable: true,
    description:
      'How many match in all. Null where no registry can count; a lower bound where `totalCountIsExact` is false.',
  })
  readonly totalCount!: number | null;

  @Field(() => Boolean, { description: 'Whether `totalCount` is exactly right.' })
  readonly totalCountIsExact!: boolean;

  @Field(() => [UnavailableRegistryType], {
    description:
      'Registries that could not answer: what they hold is missing here, or older where `servedStaleFrom` says so.',
  })
  readonly unavailable!: readonly UnavailableRegistryType[];

  @Field(() => FreshnessType, { nullable: true, description: 'How old the answer is.' })
  readonly freshness!: FreshnessType;

  @Field(() => String, {
    nullable: true,
    description:
      'Taken before the data was read: subscribe after it and nothing is missed (a live answer may already show a change that the stream repeats). Null where there is no journal.',
  })
  readonly changesCursor!: string | null;
}

@ObjectType('ModelConnection', { description: 'One page of a list of models.', simpleResolvers: true })
export class ModelConnectionType extends ConnectionType {
  @Field(() => [ModelEdgeType], { description: 'The models with their cursors.' })
  readonly edges!: readonly ModelEdgeType[];

  @Field(() => [ModelType], { description: 'The models.' })
  readonly nodes!: readonly unknown[];
}

@ObjectType('ModelVersionConnection', { description: 'One page of a list of versions.', simpleResolvers: true })
export class ModelVersionConnectionType extends ConnectionType {
  @Field(() => [ModelVersionEdgeType], { description: 'The versions with their cursors.' })
  readonly edges!: readonly ModelVersionEdgeType[];

  @Field(() => [ModelVersionType], { description: 'The versions.' })
  readonly nodes!: readonly unknown[];
}
