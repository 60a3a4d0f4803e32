import { createUnionType, Field, ID, InterfaceType, ObjectType } from 'type-graphql';
import type { ChangeEvidence, ChangeType } from '../../src/domain/changes.js';
import type { ApprovalStatus } from '../../src/domain/model.js';
import type { RegistryHealthStatus } from '../../src/domain/registry-health.js';
import { ApprovalStatusEnum, ChangeEvidenceEnum, ChangeTypeEnum, RegistryHealthStatusEnum } from '../enums.js';
import { DateTimeScalar, JsonScalar } from '../scalars.js';
import { PageInfoType, ProblemType, RegistryActorType } from './common.type.js';
import { typeNameOf } from './from-journal-item.js';
import { JournalCheckpointType, JournalGapType, JournalItemType } from './journal-item.type.js';
import { LifecycleStageType } from './version-parts.type.js';

// Scalar fields tell the event; object fields tell the current state, and are null once it is gone or invisible: those are in `changes.resolver.ts`.

@InterfaceType('RegistryChange', {
  implements: JournalItemType,
  description:
    'One change, the same id for every reader and after any replay. Order is the order of cursors, never of times.',
  resolveType: typeNameOf,
})
export abstract class RegistryChangeType extends JournalItemType {
  @Field(() => ID, { description: 'The same for every reader and after any replay: go by it to see a change once.' })
  readonly id!: string;

  @Field(() => ChangeTypeEnum, { description: 'What kind of change it is.' })
  readonly type!: ChangeType;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it happened, where the registry says.' })
  readonly occurredAt!: string | null;

  @Field(() => DateTimeScalar, { description: 'When the gateway saw it.' })
  readonly observedAt!: string;

  @Field(() => ID, { description: 'The registry in which it happened.' })
  readonly registryId!: string;

  @Field(() => ID, { nullable: true, description: 'The model; null where it is about the registry itself.' })
  readonly modelId!: string | null;

  @Field(() => String, { nullable: true, description: "The model's name." })
  readonly modelName!: string | null;

  @Field(() => ID, { nullable: true, description: 'The version; null where it is about none.' })
  readonly modelVersionId!: string | null;

  @Field(() => String, { nullable: true, description: 'The version, as the registry writes it.' })
  readonly version!: string | null;

  @Field(() => [ChangeEvidenceEnum], {
    description: 'How we know; grows while the same change is confirmed by another source.',
  })
  readonly evidence!: readonly ChangeEvidence[];

  @Field(() => RegistryActorType, { nullable: true, description: 'Who did it, where that is known.' })
  readonly actor!: RegistryActorType | null;
}

const change = { implements: [JournalItemType, RegistryChangeType], simpleResolvers: true };

/** What is about a version and shows it as it is now. */
@ObjectType()
export class OfVersionType {}

/** What is about a model and shows it as it is now. */
@ObjectType()
export class OfModelType {}

@ObjectType('FieldChange', { description: 'What has become of one field.', simpleResolvers: true })
export class FieldChangeType {
  @Field(() => String, { description: 'Which field, e.g. `description` or `tags.team`.' })
  readonly path!: string;

  @Field(() => JsonScalar, { nullable: true, description: 'As it was; null where it was not there.' })
  readonly before!: unknown;

  @Field(() => JsonScalar, { nullable: true, description: 'As it is; null where it is not there.' })
  readonly after!: unknown;
}

@ObjectType('ModelVersionStatusChanged', {
  ...change,
  description:
    'The approval status of a version. Also sent when a version is first seen: then `previousStatus` is null.',
})
export class ModelVersionStatusChangedType extends OfVersionType {
  @Field(() => ApprovalStatusEnum, { nullable: true, description: 'As it was; null where the version was first seen.' })
  readonly previousStatus!: ApprovalStatus | null;

  @Field(() => ApprovalStatusEnum, { description: 'What it became.' })
  readonly status!: ApprovalStatus;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Not decided through the gateway. Null: the ledger could not be asked.',
  })
  readonly outOfBand!: boolean | null;
}

@ObjectType('ModelVersionRegistered', { ...change, description: 'A version was registered.' })
export class ModelVersionRegisteredType extends OfVersionType {}

@ObjectType('ModelVersionUpdated', { ...change, description: 'Fields of a version changed.' })
export class ModelVersionUpdatedType extends OfVersionType {
  @Field(() => [FieldChangeType], { description: 'Which, by path.' })
  readonly fields!: readonly FieldChangeType[];
}

@ObjectType('ModelVersionDeleted', { ...change, description: 'A version is gone.' })
export class ModelVersionDeletedType {}

@ObjectType('ModelCreated', { ...change, description: 'A model was created.' })
export class ModelCreatedType extends OfModelType {}

@ObjectType('ModelUpdated', { ...change, description: 'Fields of a model changed.' })
export class ModelUpdatedType extends OfModelType {
  @Field(() => [FieldChangeType], { description: 'Which, by path.' })
  readonly fields!: readonly FieldChangeType[];
}

@ObjectType('ModelDeleted', { ...change, description: 'A model is gone.' })
export class ModelDeletedType {}

@ObjectType('ModelAliasChanged', { ...change, description: 'An alias was set, moved or removed.' })
export class ModelAliasChangedType extends OfModelType {
  @Field(() => String, { description: 'The alias.' })
  readonly alias!: string;

  @Field(() => String, { nullable: true, description: 'The version that it pointed to; null: none.' })
  readonly previousVersion!: string | null;

  @Field(() => String, { nullable: true, description: 'The version that it points to; null: none.' })
  readonly currentVersion!: string | null;
}

@ObjectType('ModelVersionStageChanged', { ...change, description: 'A version entered or left a lifecycle stage.' })
export class ModelVersionStageChangedType extends OfVersionType {
  @Field(() => LifecycleStageType, { nullable: true, description: 'As it was; null: none.' })
  readonly previousStage!: LifecycleStageType | null;

  @Field(() => LifecycleStageType, { nullable: true, description: 'What it became; null: none.' })
  readonly stage!: LifecycleStageType | null;
}

@ObjectType('ApprovalRecorded', {
  ...change,
  description: 'A vote, a decision or a failed write entered the ledger.',
})
export class ApprovalRecordedType {
  @Field(() => ID, { description: 'Its id; pass it to `node`.' })
  readonly approvalId!: string;
}

@ObjectType('PolicyViolated', {
  ...change,
  description: 'A status in the registry that the policy would not have allowed; `reverted` when we put it back.',
})
export class PolicyViolatedType extends OfVersionType {
  @Field(() => Boolean, { description: 'Whether the gateway put back the status that was allowed.' })
  readonly reverted!: boolean;
}

@ObjectType('RegistryHealthChanged', { ...change, description: 'A registry answers otherwise than before.' })
export class RegistryHealthChangedType {
  @Field(() => RegistryHealthStatusEnum, { description: 'As it was.' })
  readonly previousHealth!: RegistryHealthStatus;

  @Field(() => RegistryHealthStatusEnum, { description: 'What it became.' })
  readonly health!: RegistryHealthStatus;

  @Field(() => ProblemType, { nullable: true, description: 'Why it is not UP.' })
  readonly problem!: ProblemType | null;
}

export const RegistryChangeItem = createUnionType({
  name: 'RegistryChangeItem',
  description: 'A change of any kind, a gap or a checkpoint. It grows: have a default branch.',
  types: () =>
    [
      ModelVersionStatusChangedType,
      ModelVersionRegisteredType,
      ModelVersionUpdatedType,
      ModelVersionDeletedType,
      ModelCreatedType,
      ModelUpdatedType,
      ModelDeletedType,
      ModelAliasChangedType,
      ModelVersionStageChangedType,
      ApprovalRecordedType,
      PolicyViolatedType,
      RegistryHealthChangedType,
      JournalGapType,
      JournalCheckpointType,
    ] as const,
  resolveType: typeNameOf,
});

export const StatusChangeItem = createUnionType({
  name: 'StatusChangeItem',
  description: 'A change of an approval status, a gap or a checkpoint.',
  types: () => [ModelVersionStatusChangedType, JournalGapType, JournalCheckpointType] as const,
  resolveType: typeNameOf,
});

@ObjectType('RegistryChangeEdge', { description: 'An item in a list of changes.', simpleResolvers: true })
export class RegistryChangeEdgeType {
  @Field(() => String, { description: 'Its place; pass it as `after` or `before`, to a subscription too.' })
  readonly cursor!: string;

  @Field(() => RegistryChangeItem, { description: 'The change, or a gap.' })
  readonly node!: unknown;
}

/** `completeThrough` is in `changes.resolver.ts`. */
@ObjectType('RegistryChangeConnection', {
  description: '`pageInfo.endCursor` is set on an empty page too: it says how far was read.',
  simpleResolvers: true,
})
export class RegistryChangeConnectionType {
  @Field(() => [RegistryChangeEdgeType], { description: 'The items with their cursors, in the order of the journal.' })
  readonly edges!: readonly RegistryChangeEdgeType[];

  @Field(() => [RegistryChangeItem], { description: 'The items.' })
  readonly nodes!: readonly unknown[];

  @Field(() => PageInfoType, { description: 'Where the page stands.' })
  readonly pageInfo!: PageInfoType;
}
