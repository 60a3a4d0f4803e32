import { Field, Float, Int, ObjectType } from 'type-graphql';
import type { Freshness } from '../../src/context.js';
import type { ErrorCode } from '../../src/domain/errors.js';
import type { ActorKind } from '../../src/domain/model.js';
import type { RegistryHealthStatus } from '../../src/domain/registry-health.js';
import { AnswerSourceEnum, ErrorCodeEnum, RegistryActorKindEnum, RegistryHealthStatusEnum } from '../enums.js';
import { DateTimeScalar } from '../scalars.js';

@ObjectType('Problem', {
  description: "A fault in our own words; never an upstream's raw text.",
  simpleResolvers: true,
})
export class ProblemType {
  @Field(() => ErrorCodeEnum, { description: 'The same code that an error would carry.' })
  readonly code!: ErrorCode;

  @Field(() => String, { description: 'What happened and what to do about it.' })
  readonly message!: string;

  @Field(() => Boolean, { description: 'Whether the same call may succeed later without being changed.' })
  readonly retryable!: boolean;

  @Field(() => Int, {
    nullable: true,
    description: 'How long to wait before trying again, in milliseconds, where that is known.',
  })
  readonly retryAfterMs?: number | undefined;
}

@ObjectType('Freshness', {
  description: 'Where an answer came from, and the time at which it was certainly true: the oldest part of it.',
  simpleResolvers: true,
})
export class FreshnessType {
  @Field(() => DateTimeScalar, { description: 'Everything in the answer was true at this time or later.' })
  readonly asOf!: string;

  @Field(() => AnswerSourceEnum, { description: 'Where the answer was taken from.' })
  readonly source!: Freshness['source'];
}

@ObjectType('RegistryTag', { description: 'A key and a value, as the registry holds them.', simpleResolvers: true })
export class RegistryTagType {
  @Field(() => String, { description: 'The key.' })
  readonly key!: string;

  @Field(() => String, { description: 'The value.' })
  readonly value!: string;
}

@ObjectType('RegistryActor', {
  description: 'Who did something, as far as the registry or the gateway knows.',
  simpleResolvers: true,
})
export class RegistryActorType {
  @Field(() => String, { nullable: true, description: 'A name to show.' })
  readonly name!: string | null;

  @Field(() => RegistryActorKindEnum, { description: 'What kind of actor it is.' })
  readonly kind!: ActorKind;

  @Field(() => String, { nullable: true, description: 'ARN, subject claim or user id.' })
  readonly nativeId!: string | null;
}

@ObjectType('PageInfo', { description: 'Where a page stands in its list.', simpleResolvers: true })
export class PageInfoType {
  @Field(() => Boolean, { description: 'Whether there is more after this page.' })
  readonly hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether there is more before this page.' })
  readonly hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Pass it as `before` to go back from here.' })
  readonly startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Pass it as `after` to go on from here. Set on an empty page too where reading stopped before the end.',
  })
  readonly endCursor!: string | null;
}

@ObjectType('RegistryLimits', {
  description: 'What fits, so that a form can check before it sends.',
  simpleResolvers: true,
})
export class RegistryLimitsType {
  @Field(() => String, { description: "Regular expression that a model's name must match as a whole." })
  readonly modelNamePattern!: string;

  @Field(() => Int, { description: "Characters in a model's name." })
  readonly modelNameMax!: number;

  @Field(() => Int, { description: 'Characters in a description.' })
  readonly descriptionMax!: number;

  @Field(() => Int, { description: 'Characters in the comment of a decision.' })
  readonly commentMax!: number;

  @Field(() => Int, {
    nullable: true,
    description:
      'Entries of metadata on a version, with those that the gateway writes there itself; null where there is no limit.',
  })
  readonly metadataEntriesMax!: number | null;

  @Field(() => Int, { description: 'Characters in the key of a metadata entry or tag.' })
  readonly metadataKeyMax!: number;

  @Field(() => Int, { description: 'Characters in the value of a metadata entry or tag.' })
  readonly metadataValueMax!: number;

  @Field(() => String, {
    nullable: true,
    description: 'Regular expression that keys and values of metadata must match; null where any text fits.',
  })
  readonly metadataValuePattern!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Regular expression that an alias must match; null where there are no aliases.',
  })
  readonly aliasPattern!: string | null;

  @Field(() => [String], { nullable: true, description: 'The stages there are; null where any name will do.' })
  readonly stages!: readonly string[] | null;
}

@ObjectType('RegistryHealth', { description: 'How a registry answers the gateway.', simpleResolvers: true })
export class RegistryHealthType {
  @Field(() => RegistryHealthStatusEnum, { description: 'The verdict.' })
  readonly status!: RegistryHealthStatus;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it last answered or failed to.' })
  readonly checkedAt!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it last answered.' })
  readonly lastSuccessAt!: string | null;

  @Field(() => Float, { nullable: true, description: 'How long the last answer took, in milliseconds.' })
  readonly latencyMs!: number | null;

  @Field(() => ProblemType, { nullable: true, description: 'Why it is not UP.' })
  readonly problem!: ProblemType | null;
}
