import { Field, ObjectType } from 'type-graphql';
import { RegistryTagType } from './common.type.js';
import { NodeType } from './node.type.js';

/** The value behind it is a `RegistryEntry`; fields that it does not hold under their own name are in `registry.resolver.ts`. */
@ObjectType('Registry', {
  implements: NodeType,
  description: 'One configured upstream: an account and Region of SageMaker, an MLflow server, a self-managed store.',
  simpleResolvers: true,
})
export class RegistryType extends NodeType {
  @Field(() => String, { description: 'A name to show.' })
  readonly displayName!: string;

  @Field(() => [RegistryTagType], { description: 'Labels from the config, e.g. environment and team.' })
  readonly labels!: readonly RegistryTagType[];
}
