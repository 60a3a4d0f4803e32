import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { GraphQLContext } from '../../src/context.js';
import { RegistryError } from '../../src/domain/errors.js';
import { isApprovalId, parseApprovalId } from '../../src/domain/ledger.js';
import { parseNodeId } from '../../src/domain/refs.js';
import { badInput } from '../bad-input.js';
import { NodeType, type NodeValue } from '../types/node.type.js';

const NODES_MAX = 100;

@Resolver()
export class NodeResolver {
  @Query(() => NodeType, { nullable: true, description: 'Anything by its id; null when there is none of that id.' })
  node(
    @Arg('id', () => ID, { description: 'As the API gave it.' }) id: string,
    @Ctx() context: GraphQLContext,
  ): Promise<NodeValue | null> {
    return loadNode(id, context);
  }

  @Query(() => [NodeType], {
    nullable: 'items',
    description: `Anything by its id, in the order of the ids; null for each that is not there. At most ${NODES_MAX}.`,
  })
  nodes(
    @Arg('ids', () => [ID], { description: 'As the API gave them.' }) ids: readonly string[],
    @Ctx() context: GraphQLContext,
  ): Promise<NodeValue | null | RegistryError>[] {
    if (ids.length > NODES_MAX) throw badInput(`\`ids\` has ${ids.length} ids; it may have ${NODES_MAX} at most.`);
    // An id that cannot be read or answered spoils its own place in the list, not the list.
    return ids.map((id) => loadNode(id, context).catch(asValue));
  }
}

async function loadNode(id: string, { catalog, approvals }: GraphQLContext): Promise<NodeValue | null> {
  if (isApprovalId(id)) return approvals.byId(parseApprovalId(id));
  const node = parseNodeId(id);
  switch (node.type) {
    case 'registry':
      return catalog.registry(node.registryId);
    case 'model':
      return catalog.model(node.ref);
    case 'version':
      return catalog.version(node.ref);
  }
}

function asValue(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  throw error;
}
