import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import type { PageArgs } from '../../src/context.js';
import type { ChangeFilter } from '../../src/domain/change-filter.js';
import type { ChangeType } from '../../src/domain/changes.js';
import type { ApprovalStatus } from '../../src/domain/model.js';
import { parseModelId, parseVersionId } from '../../src/domain/refs.js';
import { ApprovalStatusEnum, ChangeTypeEnum } from '../enums.js';
import { DateTimeScalar } from '../scalars.js';
import { bounded, present } from './present.js';
import { TagFilterInput, TextFilterInput, toTagFilters, toTextFilter } from './text-and-tags.input.js';

@InputType()
class ChangeSelectionInput {
  @Field(() => [ID], { nullable: true, description: 'In one of these registries.' })
  readonly registryIds?: readonly string[] | null;

  @Field(() => [TagFilterInput], { nullable: true, description: 'In a registry with these labels.' })
  readonly registryLabels?: readonly TagFilterInput[] | null;

  @Field(() => [ID], { nullable: true, description: 'About one of these models or its versions; at most 200.' })
  readonly modelIds?: readonly string[] | null;

  @Field(() => [ID], { nullable: true, description: 'About one of these versions; at most 200.' })
  readonly modelVersionIds?: readonly string[] | null;

  @Field(() => TextFilterInput, { nullable: true, description: "By the model's name." })
  readonly modelName?: TextFilterInput | null;

  @Field(() => [TagFilterInput], {
    nullable: true,
    description:
      'By the tags that the model has now; at most 10. A model that is gone has none; where they cannot be read, the change is delivered.',
  })
  readonly modelTags?: readonly TagFilterInput[] | null;

  @Field(() => [ApprovalStatusEnum], { nullable: true, description: 'Became one of these.' })
  readonly to?: readonly ApprovalStatus[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Certainly not decided through the gateway.' })
  readonly outOfBandOnly?: boolean | null;
}

@InputType('ChangeFilter', {
  description: 'Which changes. Absent fields do not restrict. `to` and `outOfBandOnly` imply VERSION_STATUS.',
})
export class ChangeFilterInput extends ChangeSelectionInput {
  @Field(() => [ChangeTypeEnum], { nullable: true, description: 'Of one of these kinds.' })
  readonly types?: readonly ChangeType[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'By one of these: `nativeId` of the actor, or its name where it has none; at most 200.',
  })
  readonly actorIds?: readonly string[] | null;
}

@InputType('StatusChangeFilter', { description: 'Which changes of approval statuses. Absent fields do not restrict.' })
export class StatusChangeFilterInput extends ChangeSelectionInput {
  @Field(() => [ApprovalStatusEnum], { nullable: true, description: 'Was one of these.' })
  readonly from?: readonly ApprovalStatus[] | null;
}

@ArgsType()
export class ChangeListArgs implements PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: 'So many from `after`, `since` or the oldest that is kept: 1 to 200, 50 when absent.',
  })
  readonly first?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'A cursor of the journal, from wherever the API gave it: go on after it.',
  })
  readonly after?: string | null;

  @Field(() => Int, { nullable: true, description: 'So many of the newest, or before `before`: 1 to 200.' })
  readonly last?: number | null;

  @Field(() => String, { nullable: true, description: 'A cursor of the journal: go back from it.' })
  readonly before?: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'Nothing that entered the journal before this time. With `after`, the later of the two counts; keep it while paging.',
  })
  readonly since?: string | null;

  @Field(() => ChangeFilterInput, { nullable: true, description: 'Only these.' })
  readonly filter?: ChangeFilterInput | null;
}

const AFTER = {
  nullable: true,
  description: 'A cursor of the journal: first what was missed since, then live. Absent: from now on.',
};

@ArgsType()
export class ChangeStreamArgs {
  @Field(() => ChangeFilterInput, { nullable: true, description: 'Only these.' })
  readonly filter?: ChangeFilterInput | null;

  @Field(() => String, AFTER)
  readonly after?: string | null;
}

@ArgsType()
export class StatusChangeStreamArgs {
  @Field(() => StatusChangeFilterInput, { nullable: true, description: 'Only these.' })
  readonly filter?: StatusChangeFilterInput | null;

  @Field(() => String, AFTER)
  readonly after?: string | null;
}

export function toChangeFilter(input: ChangeFilterInput | null | undefined): ChangeFilter {
  if (input === null || input === undefined) return {};
  return {
    ...toSelection(input),
    ...present({ types: input.types, actorIds: bounded('actorIds', input.actorIds) }),
  };
}

export function toStatusChangeFilter(input: StatusChangeFilterInput | null | undefined): ChangeFilter {
  const types = ['VERSION_STATUS'] as const;
  if (input === null || input === undefined) return { types };
  return { ...toSelection(input), ...present({ from: input.from }), types };
}

function toSelection(input: ChangeSelectionInput): ChangeFilter {
  // An id that is none matches nothing for ever: the mistake is told.
  bounded('modelIds', input.modelIds)?.forEach(parseModelId);
  bounded('modelVersionIds', input.modelVersionIds)?.forEach(parseVersionId);
  return present({
    registryIds: bounded('registryIds', input.registryIds),
    registryLabels: toTagFilters('registryLabels', input.registryLabels),
    modelIds: input.modelIds,
    modelVersionIds: input.modelVersionIds,
    modelName: toTextFilter('modelName', input.modelName),
    modelTags: toTagFilters('modelTags', input.modelTags),
    to: input.to,
    outOfBandOnly: input.outOfBandOnly,
  });
}
