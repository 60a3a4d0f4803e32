import { Field, ID, InputType } from 'type-graphql';
import { KeyedInput, RegistryTagInput } from './mutation-parts.input.js';

const MODEL_ID = '`<registryId>/<name>`, as the API gave it.';

@InputType('CreateModelInput', { description: 'A new model.' })
export class CreateModelInput extends KeyedInput {
  @Field(() => ID, { description: 'Where it is created.' })
  readonly registryId!: string;

  @Field(() => String, { description: 'As the registry writes it; `Registry.limits` says what fits.' })
  readonly name!: string;

  @Field(() => String, { nullable: true, description: 'What it is for.' })
  readonly description?: string | null;

  @Field(() => String, { nullable: true, description: "Who answers for it: the tag that the registry's config names." })
  readonly owner?: string | null;

  @Field(() => [RegistryTagInput], { nullable: true, description: 'Its tags.' })
  readonly tags?: readonly RegistryTagInput[] | null;
}

@InputType('UpdateModelInput', { description: 'What is to be different. An absent field is left, null clears.' })
export class UpdateModelInput extends KeyedInput {
  @Field(() => ID, { description: MODEL_ID })
  readonly modelId!: string;

  @Field(() => String, { nullable: true, description: 'What it is for.' })
  readonly description?: string | null;

  @Field(() => String, { nullable: true, description: "Who answers for it: the tag that the registry's config names." })
  readonly owner?: string | null;

  @Field(() => [RegistryTagInput], { nullable: true, description: 'Tags to add or to change.' })
  readonly setTags?: readonly RegistryTagInput[] | null;

  @Field(() => [String], { nullable: true, description: 'Keys of tags to remove.' })
  readonly removeTags?: readonly string[] | null;
}

@InputType('DeleteModelInput', { description: 'A model to delete.' })
export class DeleteModelInput extends KeyedInput {
  @Field(() => ID, { description: MODEL_ID })
  readonly modelId!: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Delete its versions too, at most 1000; approved ones only with `includeApproved`, those in production never. Where one is refused at the first look, nothing is deleted; one that is refused later stays, and the model with it.',
  })
  readonly cascade!: boolean;

  @Field(() => Boolean, { defaultValue: false, description: 'Approved versions as well; for admins.' })
  readonly includeApproved!: boolean;
}

@InputType('AliasExpectation', { description: 'Which version the caller believes to hold an alias.' })
export class AliasExpectationInput {
  @Field(() => String, { nullable: true, description: 'Null: held by none.' })
  readonly version?: string | null;
}

@InputType('SetModelAliasInput', { description: 'An alias to put on a version, from wherever it is.' })
export class SetModelAliasInput extends KeyedInput {
  @Field(() => ID, { description: 'The version that is to hold it.' })
  readonly modelVersionId!: string;

  @Field(() => String, { description: 'The alias.' })
  readonly alias!: string;

  @Field(() => AliasExpectationInput, {
    nullable: true,
    description: 'Fails with CONFLICT when another version holds it.',
  })
  readonly expected?: AliasExpectationInput | null;
}

@InputType('DeleteModelAliasInput', { description: 'An alias to take away.' })
export class DeleteModelAliasInput extends KeyedInput {
  @Field(() => ID, { description: MODEL_ID })
  readonly modelId!: string;

  @Field(() => String, { description: 'The alias.' })
  readonly alias!: string;

  @Field(() => AliasExpectationInput, {
    nullable: true,
    description: 'Fails with CONFLICT when another version holds it.',
  })
  readonly expected?: AliasExpectationInput | null;
}
