import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { ModelAliasResolver, ModelResolver } from './resolvers/model.resolver.js';
import { ModelVersionResolver } from './resolvers/model-version.resolver.js';
import { NodeResolver } from './resolvers/node.resolver.js';
import { RegistryResolver } from './resolvers/registry.resolver.js';
import { ViewerResolver } from './resolvers/viewer.resolver.js';

/** The whole graph. Stateless: everything a resolver needs is in its context. */
export function buildGatewaySchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      NodeResolver,
      RegistryResolver,
      ModelResolver,
      ModelAliasResolver,
      ModelVersionResolver,
      ViewerResolver,
    ],
    // Inputs are checked where they are read into the domain's words.
    validate: false,
  });
  // type-graphql has no place for the description of a root type.
  const query = schema.getQueryType();
  if (query) query.description = 'What can be asked. Every list says which registries could not answer.';
  return schema;
}
