import { Field, ID, InputType, Int } from 'type-graphql';
import type { ApprovalStatus } from '../../src/domain/model.js';
import { ApprovalStatusEnum } from '../enums.js';
import { JsonScalar } from '../scalars.js';
import { ModelVersionFilterInput } from './model-version-filter.input.js';
import {
  InferenceSpecificationInput,
  KeyedInput,
  ModelArtifactInput,
  ModelLineageInput,
  ModelMetricInput,
  ModelReportInput,
  RegistryTagInput,
} from './mutation-parts.input.js';

const VERSION_ID = '`<registryId>/<name>/<version>`, as the API gave it.';
const MODEL_CARD = 'What its makers say it is and is not for: JSON.';

@InputType('RegisterModelVersionInput', {
  description: 'A new version. It is PENDING unless a policy decides at once.',
})
export class RegisterModelVersionInput extends KeyedInput {
  @Field(() => ID, { description: 'The model that it is a version of.' })
  readonly modelId!: string;

  @Field(() => String, { nullable: true, description: 'What is new in it.' })
  readonly description?: string | null;

  @Field(() => [ModelArtifactInput], { description: 'The files it consists of; at least one.' })
  readonly artifacts!: readonly ModelArtifactInput[];

  @Field(() => [ModelMetricInput], { nullable: true, description: 'How well it does.' })
  readonly metrics?: readonly ModelMetricInput[] | null;

  @Field(() => [ModelReportInput], { nullable: true, description: 'Reports that speak for or against it.' })
  readonly reports?: readonly ModelReportInput[] | null;

  @Field(() => [RegistryTagInput], { nullable: true, description: 'What it was trained with.' })
  readonly parameters?: readonly RegistryTagInput[] | null;

  @Field(() => [RegistryTagInput], { nullable: true, description: 'Its metadata.' })
  readonly metadata?: readonly RegistryTagInput[] | null;

  @Field(() => [RegistryTagInput], { nullable: true, description: 'Its tags.' })
  readonly tags?: readonly RegistryTagInput[] | null;

  @Field(() => ModelLineageInput, { nullable: true, description: 'Where it came from.' })
  readonly lineage?: ModelLineageInput | null;

  @Field(() => InferenceSpecificationInput, { nullable: true, description: 'How it can be called.' })
  readonly inference?: InferenceSpecificationInput | null;

  @Field(() => JsonScalar, { nullable: true, description: MODEL_CARD })
  readonly modelCard?: unknown;
}

@InputType('UpdateModelVersionInput', { description: 'What is to be different. An absent field is left, null clears.' })
export class UpdateModelVersionInput extends KeyedInput {
  @Field(() => ID, { description: VERSION_ID })
  readonly modelVersionId!: string;

  @Field(() => String, { nullable: true, description: 'What is new in it.' })
  readonly description?: string | null;

  @Field(() => [RegistryTagInput], { nullable: true, description: 'Metadata to add or to change.' })
  readonly setMetadata?: readonly RegistryTagInput[] | null;

  @Field(() => [String], { nullable: true, description: 'Keys of metadata to remove.' })
  readonly removeMetadata?: readonly string[] | null;

  @Field(() => [RegistryTagInput], { nullable: true, description: 'Tags to add or to change.' })
  readonly setTags?: readonly RegistryTagInput[] | null;

  @Field(() => [String], { nullable: true, description: 'Keys of tags to remove.' })
  readonly removeTags?: readonly string[] | null;

  @Field(() => JsonScalar, { nullable: true, description: MODEL_CARD })
  readonly modelCard?: unknown;
}

@InputType('DeleteModelVersionInput', {
  description: 'A version to delete. The ledger keeps what was decided about it.',
})
export class DeleteModelVersionInput extends KeyedInput {
  @Field(() => ID, { description: VERSION_ID })
  readonly modelVersionId!: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Approved ones only so, and only by an admin; those in production never.',
  })
  readonly includeApproved!: boolean;
}

@InputType('DeleteModelVersionsInput', { description: 'Versions to clean up.' })
export class DeleteModelVersionsInput extends KeyedInput {
  @Field(() => ModelVersionFilterInput, { description: 'Which ones: at least one restricting field.' })
  readonly filter!: ModelVersionFilterInput;

  @Field(() => Int, { defaultValue: 100, description: '1 to 100.' })
  readonly limit!: number;

  @Field(() => Boolean, { defaultValue: true, description: 'Only say what would be deleted and what refused.' })
  readonly dryRun!: boolean;

  @Field(() => String, {
    nullable: true,
    description:
      'From the dry run, required otherwise: only those versions are deleted, each read anew first. Good for an hour and for running again.',
  })
  readonly confirmationToken?: string | null;

  @Field(() => Boolean, { defaultValue: false, description: 'Approved versions as well; for admins.' })
  readonly includeApproved!: boolean;
}

@InputType('DecideModelVersionInput', {
  description:
    '`expectedStatus` is what the decider saw; another current status fails with CONFLICT (`extensions.currentStatus`, ' +
    '`extensions.winningApprovalId`) and changes nothing.',
})
export class DecideModelVersionInput extends KeyedInput {
  @Field(() => ID, { description: VERSION_ID })
  readonly modelVersionId!: string;

  @Field(() => ApprovalStatusEnum, { description: 'What the decider saw.' })
  readonly expectedStatus!: ApprovalStatus;

  @Field(() => String, {
    nullable: true,
    description: 'Why; `Registry.limits.commentMax` says how long it may be.',
  })
  readonly comment?: string | null;
}

@InputType('SetModelVersionStageInput', { description: 'A stage to put a version into.' })
export class SetModelVersionStageInput extends KeyedInput {
  @Field(() => ID, { description: VERSION_ID })
  readonly modelVersionId!: string;

  @Field(() => String, { nullable: true, description: 'Null clears it; absent leaves it.' })
  readonly stage?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'How far it is within the stage. Absent: as it was, where the stage stays.',
  })
  readonly status?: string | null;

  @Field(() => String, { nullable: true, description: 'Why it is there. Absent: as it was, where the stage stays.' })
  readonly description?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The stage that the caller saw; null: none. Another fails with CONFLICT. Absent: any.',
  })
  readonly expectedStage?: string | null;

  @Field(() => Boolean, { defaultValue: false, description: 'MLflow: archive the others in that stage.' })
  readonly archiveOthers!: boolean;
}
