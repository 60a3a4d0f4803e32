import { Field, ID, ObjectType } from 'type-graphql';
import type { RegistryRole } from '../../src/domain/access.js';
import type { ActorKind } from '../../src/domain/model.js';
import { RegistryActorKindEnum, RegistryRoleEnum } from '../enums.js';

/** The value behind it is a `Grant`. */
@ObjectType('RegistryGrant', { description: 'A role over some models, as the config gives it.', simpleResolvers: true })
export class RegistryGrantType {
  @Field(() => RegistryRoleEnum, { description: 'The role.' })
  readonly role!: RegistryRole;

  @Field(() => [ID], { nullable: true, description: 'In these registries; null: in all.' })
  readonly registryIds?: readonly string[];

  @Field(() => String, {
    nullable: true,
    description: 'Over the models whose name this glob matches, in any case; null: over all.',
  })
  readonly modelName?: string;

  @Field(() => String, { description: 'Where in the config it stands and by what the caller has it.' })
  readonly source!: string;
}

@ObjectType('Viewer', { description: 'Who asks.', simpleResolvers: true })
export class ViewerType {
  @Field(() => String, { description: 'A name to show.' })
  readonly name!: string;

  @Field(() => RegistryActorKindEnum, { description: 'What kind of actor it is.' })
  readonly kind!: ActorKind;

  @Field(() => [RegistryGrantType], { description: 'All that the caller may do, in the order of the config.' })
  readonly grants!: readonly RegistryGrantType[];
}

@ObjectType('AccessExplanation', {
  description: 'What the caller may do with a model and its versions, or with anything in a registry.',
  simpleResolvers: true,
})
export class AccessExplanationType {
  @Field(() => Boolean, { description: 'See it.' })
  readonly canView!: boolean;

  @Field(() => Boolean, { description: 'Register and change it.' })
  readonly canContribute!: boolean;

  @Field(() => Boolean, { description: 'Approve and reject it, as far as its policy has nothing against it.' })
  readonly canDecide!: boolean;

  @Field(() => Boolean, { description: 'Do what only admins may.' })
  readonly canAdminister!: boolean;

  @Field(() => [RegistryGrantType], {
    description: 'The grants that allow it. Of a registry they say over which models.',
  })
  readonly because!: readonly RegistryGrantType[];
}
