import { ArgsType, Field, ID, InputType } from 'type-graphql';
import type { VersionListFilter, VersionListOrder } from '../../src/domain/lists.js';
import type { ApprovalStatus, RegistrationStatus } from '../../src/domain/model.js';
import type { Direction } from '../../src/domain/page.js';
import { type ModelRef, parseModelId } from '../../src/domain/refs.js';
import { badInput } from '../bad-input.js';
import {
  ApprovalStatusEnum,
  ModelVersionOrderFieldEnum,
  OrderDirectionEnum,
  RegistrationStatusEnum,
} from '../enums.js';
import { DateTimeScalar } from '../scalars.js';
import { PageArgsType } from './list-args.js';
import { RegistrySelectionInput } from './model-filter.input.js';
import { bounded, boundedText, present } from './present.js';
import { TagFilterInput, TextFilterInput, toTagFilters, toTextFilter } from './text-and-tags.input.js';

/** Each model named is a list of its own to merge. */
const MODEL_IDS_MAX = 50;

@InputType('ModelVersionFilter', {
  description:
    'A filter that is absent or null does not restrict; an empty list matches nothing; fields combine with AND, the values of one list with OR.',
})
export class ModelVersionFilterInput extends RegistrySelectionInput {
  @Field(() => [ID], { nullable: true, description: `Of one of these models; at most ${MODEL_IDS_MAX}.` })
  readonly modelIds?: readonly string[] | null;

  @Field(() => TextFilterInput, { nullable: true, description: "By the model's name." })
  readonly modelName?: TextFilterInput | null;

  @Field(() => [TagFilterInput], {
    nullable: true,
    description: 'Of a model with all of these tags; at most 10. Snapshot only.',
  })
  readonly modelTags?: readonly TagFilterInput[] | null;

  @Field(() => [String], { nullable: true, description: 'One of these ARNs or URIs; at most 200.' })
  readonly nativeIds?: readonly string[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'Words in model name, description, tags, metadata: all of them, in any case.',
  })
  readonly search?: string | null;

  @Field(() => [ApprovalStatusEnum], { nullable: true, description: 'In one of these approval statuses.' })
  readonly approvalStatuses?: readonly ApprovalStatus[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the registry states the approval status.' })
  readonly approvalStatusExplicit?: boolean | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'In its approval status since before this time.' })
  readonly approvalStatusSinceBefore?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Those that the caller may decide about now, by grants and by the deciders of the policies; what rules say of each is not asked.',
  })
  readonly viewerCanDecide?: boolean | null;

  @Field(() => [RegistrationStatusEnum], { nullable: true, description: 'In one of these registration statuses.' })
  readonly registrationStatuses?: readonly RegistrationStatus[] | null;

  @Field(() => [String], { nullable: true, description: 'In one of these stages, case and all.' })
  readonly stages?: readonly string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'That one of these aliases points to, case and all. Snapshot only.',
  })
  readonly aliases?: readonly string[] | null;

  @Field(() => [TagFilterInput], {
    nullable: true,
    description: 'With all of these among tags and metadata; at most 10.',
  })
  readonly tags?: readonly TagFilterInput[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it is production, by the production rule of the policies. Snapshot only.',
  })
  readonly inProduction?: boolean | null;

  @Field(() => [String], { nullable: true, description: 'With an artifact at one of these URIs.' })
  readonly artifactUris?: readonly string[] | null;

  @Field(() => TextFilterInput, { nullable: true, description: 'By the name of who registered it.' })
  readonly createdBy?: TextFilterInput | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Registered after this time.' })
  readonly createdAfter?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Registered before this time.' })
  readonly createdBefore?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Changed after this time.' })
  readonly updatedAfter?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Changed before this time.' })
  readonly updatedBefore?: string | null;
}

@InputType('ModelVersionOrder', { description: 'How versions are ordered.' })
export class ModelVersionOrderInput {
  @Field(() => ModelVersionOrderFieldEnum, { description: 'By what.' })
  readonly field!: VersionListOrder['field'];

  @Field(() => OrderDirectionEnum, { defaultValue: OrderDirectionEnum.DESC, description: 'From which end.' })
  readonly direction!: Direction;
}

@ArgsType()
export class ModelVersionListArgs extends PageArgsType {
  @Field(() => ModelVersionFilterInput, { nullable: true, description: 'Only these.' })
  readonly filter?: ModelVersionFilterInput | null;

  @Field(() => ModelVersionOrderInput, {
    nullable: true,
    description: 'When absent: within one model by number, over models by time of registration, descending.',
  })
  readonly orderBy?: ModelVersionOrderInput | null;
}

export function toVersionFilter(input: ModelVersionFilterInput | null | undefined): VersionListFilter {
  if (input === null || input === undefined) return {};
  return present({
    modelName: toTextFilter('modelName', input.modelName),
    modelTags: toTagFilters('modelTags', input.modelTags),
    nativeIds: bounded('nativeIds', input.nativeIds),
    search: boundedText('search', input.search),
    approvalStatuses: input.approvalStatuses,
    approvalStatusExplicit: input.approvalStatusExplicit,
    approvalStatusSinceBefore: input.approvalStatusSinceBefore,
    viewerCanDecide: input.viewerCanDecide,
    registrationStatuses: input.registrationStatuses,
    stages: bounded('stages', input.stages),
    aliases: bounded('aliases', input.aliases),
    tags: toTagFilters('tags', input.tags),
    inProduction: input.inProduction,
    artifactUris: bounded('artifactUris', input.artifactUris),
    createdBy: toTextFilter('createdBy', input.createdBy),
    createdAfter: input.createdAfter,
    createdBefore: input.createdBefore,
    updatedAfter: input.updatedAfter,
    updatedBefore: input.updatedBefore,
  });
}

/** The models that `modelIds` names, each once; undefined when it does not restrict. */
export function toModelRefs(modelIds: readonly string[] | null | undefined): readonly ModelRef[] | undefined {
  if (modelIds === null || modelIds === undefined) return undefined;
  const ids = [...new Set(modelIds)];
  if (ids.length > MODEL_IDS_MAX) {
    throw badInput(`\`modelIds\` names ${ids.length} models; it may name ${MODEL_IDS_MAX} at most.`);
  }
  return ids.map(parseModelId);
}
