import { ArgsType, Field, ID, InputType } from 'type-graphql';
import type { RegistrySelection } from '../../src/context.js';
import type { ModelListFilter, ModelListOrder } from '../../src/domain/lists.js';
import type { ApprovalStatus } from '../../src/domain/model.js';
import type { Direction } from '../../src/domain/page.js';
import type { RegistryKind } from '../../src/domain/registry-kind.js';
import { ApprovalStatusEnum, ModelOrderFieldEnum, OrderDirectionEnum, RegistryKindEnum } from '../enums.js';
import { DateTimeScalar } from '../scalars.js';
import { PageArgsType } from './list-args.js';
import { bounded, boundedText, present } from './present.js';
import { TagFilterInput, TextFilterInput, toTagFilters, toTextFilter } from './text-and-tags.input.js';

@InputType()
export class RegistrySelectionInput {
  @Field(() => [ID], { nullable: true, description: 'In one of these registries.' })
  readonly registryIds?: readonly string[] | null;

  @Field(() => [RegistryKindEnum], { nullable: true, description: 'In a registry of one of these kinds.' })
  readonly kinds?: readonly RegistryKind[] | null;

  @Field(() => [TagFilterInput], { nullable: true, description: 'In a registry with these labels.' })
  readonly registryLabels?: readonly TagFilterInput[] | null;
}

@InputType('ModelFilter', {
  description:
    'A filter that is absent or null does not restrict; an empty list matches nothing; fields combine with AND, the values of one list with OR.',
})
export class ModelFilterInput extends RegistrySelectionInput {
  @Field(() => TextFilterInput, { nullable: true, description: 'By name.' })
  readonly name?: TextFilterInput | null;

  @Field(() => [String], { nullable: true, description: 'One of these names, case and all; at most 200.' })
  readonly names?: readonly string[] | null;

  @Field(() => [String], { nullable: true, description: 'One of these ARNs or URIs; at most 200.' })
  readonly nativeIds?: readonly string[] | null;

  @Field(() => String, { nullable: true, description: 'Words in name, description, tags: all of them, in any case.' })
  readonly search?: string | null;

  @Field(() => TextFilterInput, { nullable: true, description: 'By owner.' })
  readonly owner?: TextFilterInput | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether there is an owner.' })
  readonly hasOwner?: boolean | null;

  @Field(() => [TagFilterInput], { nullable: true, description: 'With all of these tags; at most 10.' })
  readonly tags?: readonly TagFilterInput[] | null;

  @Field(() => [ApprovalStatusEnum], {
    nullable: true,
    description: 'With a version in one of these approval statuses. Snapshot only.',
  })
  readonly hasVersionWithStatuses?: readonly ApprovalStatus[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether a version of it is production, by the production rule of the policies. Snapshot only.',
  })
  readonly hasProductionVersion?: boolean | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Created after this time.' })
  readonly createdAfter?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Created before this time.' })
  readonly createdBefore?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Changed after this time.' })
  readonly updatedAfter?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Changed before this time.' })
  readonly updatedBefore?: string | null;
}

@InputType('ModelOrder', { description: 'How models are ordered.' })
export class ModelOrderInput {
  @Field(() => ModelOrderFieldEnum, { description: 'By what.' })
  readonly field!: ModelListOrder['field'];

  @Field(() => OrderDirectionEnum, { defaultValue: OrderDirectionEnum.ASC, description: 'From which end.' })
  readonly direction!: Direction;
}

@ArgsType()
export class ModelListArgs extends PageArgsType {
  @Field(() => ModelFilterInput, { nullable: true, description: 'Only these.' })
  readonly filter?: ModelFilterInput | null;

  @Field(() => ModelOrderInput, { nullable: true, description: 'By name, ascending, when absent.' })
  readonly orderBy?: ModelOrderInput | null;
}

export function toSelection(input: RegistrySelectionInput | null | undefined): RegistrySelection {
  return present({
    registryIds: input?.registryIds,
    kinds: input?.kinds,
    registryLabels: toTagFilters('registryLabels', input?.registryLabels),
  });
}

export function toModelFilter(input: ModelFilterInput | null | undefined): ModelListFilter {
  if (input === null || input === undefined) return {};
  return present({
    name: toTextFilter('name', input.name),
    names: bounded('names', input.names),
    nativeIds: bounded('nativeIds', input.nativeIds),
    search: boundedText('search', input.search),
    owner: toTextFilter('owner', input.owner),
    hasOwner: input.hasOwner,
    tags: toTagFilters('tags', input.tags),
    hasVersionWithStatuses: input.hasVersionWithStatuses,
    hasProductionVersion: input.hasProductionVersion,
    createdAfter: input.createdAfter,
    createdBefore: input.createdBefore,
    updatedAfter: input.updatedAfter,
    updatedBefore: input.updatedBefore,
  });
}
