import { Field, Int, ObjectType } from 'type-graphql';
import type { ApprovalStatus } from '../../src/domain/model.js';
import { ApprovalStatusEnum } from '../enums.js';
import { DateTimeScalar } from '../scalars.js';
import { RegistryType } from './registry.type.js';

@ObjectType('ApprovalStatusCount', { description: 'How many versions are in one status.', simpleResolvers: true })
export class ApprovalStatusCountType {
  @Field(() => ApprovalStatusEnum, { description: 'The status.' })
  readonly approvalStatus!: ApprovalStatus;

  @Field(() => Int, { description: 'How many are in it.' })
  readonly count!: number;
}

@ObjectType('RegistryCounts', {
  description: 'How much there is, as far as the caller may see it.',
  simpleResolvers: true,
})
export class RegistryCountsType {
  @Field(() => Int, { description: 'Models.' })
  readonly models!: number;

  @Field(() => Int, { description: 'Versions of all models.' })
  readonly versions!: number;

  @Field(() => [ApprovalStatusCountType], { description: 'The versions, by status; each status once.' })
  readonly byApprovalStatus!: readonly ApprovalStatusCountType[];

  @Field(() => DateTimeScalar, { description: 'The counts were right at this time or later.' })
  readonly asOf!: string;
}

@ObjectType('RegistrySummary', { description: 'All registries at a glance.', simpleResolvers: true })
export class RegistrySummaryType {
  @Field(() => [RegistryType], { description: 'Every registry that the caller may see, in the order of the config.' })
  readonly registries!: readonly unknown[];

  @Field(() => RegistryCountsType, {
    nullable: true,
    description: 'Over the registries that were read as a whole; null where none was yet.',
  })
  readonly totals!: RegistryCountsType | null;

  @Field(() => Boolean, { description: 'False where `totals` leaves a registry out.' })
  readonly totalsAreExact!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Taken before the data was read: subscribe after it and nothing is missed.',
  })
  readonly changesCursor!: string | null;
}
