import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { GraphQLContext } from '../../src/context.js';
import { type Action, type Caller, type Grant, grantsFor, grantsWithin } from '../../src/domain/access.js';
import { modelOf, type NodeRef, parseNodeId } from '../../src/domain/refs.js';
import { AccessExplanationType, ViewerType } from '../types/access.type.js';

@Resolver()
export class ViewerResolver {
  @Query(() => ViewerType, { nullable: true, description: 'Who asks, and what the config lets them do.' })
  viewer(@Ctx() { caller }: GraphQLContext): ViewerType {
    const { name, kind } = caller.actor;
    return { name, kind, grants: caller.grants };
  }

  @Query(() => AccessExplanationType, {
    nullable: true,
    description:
      'What the caller may do with a registry, model or version, and which grants say so; null where it is not visible. Told by the id alone: no registry is asked whether it is there.',
  })
  explainAccess(
    @Arg('id', () => ID, { description: 'As the API gave it, or of something that is not there yet.' }) id: string,
    @Ctx() { caller, catalog }: GraphQLContext,
  ): AccessExplanationType | null {
    const node = parseNodeId(id);
    const { registryId } = node.type === 'registry' ? node : node.ref;
    const because = grantsOn(node, caller, 'VIEW');
    if (catalog.registry(registryId) === null || because.length === 0) return null;
    const can = (action: Action) => grantsOn(node, caller, action).length > 0;
    return {
      canView: true,
      canContribute: can('CONTRIBUTE'),
      canDecide: can('DECIDE'),
      canAdminister: can('ADMINISTER'),
      because,
    };
  }
}

function grantsOn(node: NodeRef, caller: Caller, action: Action): readonly Grant[] {
  switch (node.type) {
    case 'registry':
      return grantsWithin(caller, action, node.registryId);
    case 'model':
      return grantsFor(caller, action, node.ref);
    case 'version':
      return grantsFor(caller, action, modelOf(node.ref));
  }
}
