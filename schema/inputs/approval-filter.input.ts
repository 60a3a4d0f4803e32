import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import type { ApprovalFilter, PageArgs } from '../../src/context.js';
import type { ApprovalChannel, ApprovalState } from '../../src/domain/ledger.js';
import type { ApprovalStatus } from '../../src/domain/model.js';
import type { Direction } from '../../src/domain/page.js';
import { parseVersionId } from '../../src/domain/refs.js';
import { ApprovalChannelEnum, ApprovalStateEnum, ApprovalStatusEnum, OrderDirectionEnum } from '../enums.js';
import { DateTimeScalar } from '../scalars.js';
import { toModelRefs } from './model-version-filter.input.js';
import { bounded, present } from './present.js';

@InputType('ModelApprovalFilter', { description: 'Which decisions. Absent fields do not restrict.' })
export class ModelApprovalFilterInput {
  @Field(() => [ID], { nullable: true, description: 'In these registries.' })
  readonly registryIds?: readonly string[] | null;

  @Field(() => [ID], { nullable: true, description: 'About versions of these models.' })
  readonly modelIds?: readonly string[] | null;

  @Field(() => [ID], { nullable: true, description: 'About these versions, in every incarnation.' })
  readonly modelVersionIds?: readonly string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'By these: `nativeId` of the actor, or its name where it has none.',
  })
  readonly actorIds?: readonly string[] | null;

  @Field(() => [ApprovalChannelEnum], { nullable: true, description: 'That came about so.' })
  readonly channels?: readonly ApprovalChannel[] | null;

  @Field(() => [ApprovalStateEnum], { nullable: true, description: 'That have come so far.' })
  readonly states?: readonly ApprovalState[] | null;

  @Field(() => [ApprovalStatusEnum], { nullable: true, description: 'That decided for one of these.' })
  readonly to?: readonly ApprovalStatus[] | null;

  @Field(() => [String], { nullable: true, description: 'That one of these policies was asked about.' })
  readonly policies?: readonly string[] | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Recorded after this time.' })
  readonly recordedAfter?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Recorded before this time.' })
  readonly recordedBefore?: string | null;
}

@ArgsType()
export class ApprovalPageArgs implements PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: 'So many from the newest, or after `after`: 1 to 200, 50 when absent.',
  })
  readonly first?: number | null;

  @Field(() => String, { nullable: true, description: 'A cursor of this list: go on after it.' })
  readonly after?: string | null;
}

@ArgsType()
export class ApprovalListArgs extends ApprovalPageArgs {
  @Field(() => Int, { nullable: true, description: 'So many from the end, or before `before`: 1 to 200.' })
  readonly last?: number | null;

  @Field(() => String, { nullable: true, description: 'A cursor of this list: go back from it.' })
  readonly before?: string | null;

  @Field(() => ModelApprovalFilterInput, { nullable: true, description: 'Only these.' })
  readonly filter?: ModelApprovalFilterInput | null;

  @Field(() => OrderDirectionEnum, { defaultValue: OrderDirectionEnum.DESC, description: 'DESC: the newest first.' })
  readonly direction!: Direction;
}

export function toApprovalFilter(input: ModelApprovalFilterInput | null | undefined): ApprovalFilter {
  if (input === null || input === undefined) return {};
  return present({
    registryIds: bounded('registryIds', input.registryIds),
    models: toModelRefs(input.modelIds),
    versions: bounded('modelVersionIds', input.modelVersionIds)?.map(parseVersionId),
    actorIds: bounded('actorIds', input.actorIds),
    channels: input.channels,
    states: input.states,
    to: input.to,
    policies: bounded('policies', input.policies),
    recordedAfter: input.recordedAfter,
    recordedBefore: input.recordedBefore,
  });
}
