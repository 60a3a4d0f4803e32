import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { type BuildSchemaOptions, buildSchemaSync } from 'type-graphql';
import { ApprovalResolver } from './resolvers/approval.resolver.js';
import {
  ApprovalRecordedResolver,
  ChangesResolver,
  JournalCheckpointResolver,
  OfModelResolver,
  OfVersionResolver,
  PolicyViolatedResolver,
  RegistryChangeConnectionResolver,
  RegistryChangeResolver,
  StatusChangedResolver,
} from './resolvers/changes.resolver.js';
import { DecisionResolver } from './resolvers/decision.resolver.js';
import { EvidenceResolver } from './resolvers/evidence.resolver.js';
import { ModelAliasResolver, ModelResolver } from './resolvers/model.resolver.js';
import { ModelMutationsResolver } from './resolvers/model-mutations.resolver.js';
import { ModelVersionResolver } from './resolvers/model-version.resolver.js';
import { ModelVersionMutationsResolver } from './resolvers/model-version-mutations.resolver.js';
import { NodeResolver } from './resolvers/node.resolver.js';
import { RegistryResolver } from './resolvers/registry.resolver.js';
import { SubscriptionsResolver } from './resolvers/subscriptions.resolver.js';
import { VersionApprovalsResolver } from './resolvers/version-approvals.resolver.js';
import { ViewerResolver } from './resolvers/viewer.resolver.js';

/** type-graphql asks for topics to subscribe to, even where every subscription says itself what it listens to. */
const NO_TOPICS: NonNullable<BuildSchemaOptions['pubSub']> = {
  publish() {},
  subscribe: (topic) => {
    throw new Error(`Nothing is published to ${topic}.`);
  },
};

/** The whole graph. Stateless: everything a resolver needs is in its context. */
export function buildGatewaySchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      NodeResolver,
      RegistryResolver,
      ModelResolver,
      ModelAliasResolver,
      ModelVersionResolver,
      EvidenceResolver,
      VersionApprovalsResolver,
      ApprovalResolver,
      ModelMutationsResolver,
      ModelVersionMutationsResolver,
      DecisionResolver,
      ChangesResolver,
      RegistryChangeConnectionResolver,
      RegistryChangeResolver,
      OfVersionResolver,
      OfModelResolver,
      StatusChangedResolver,
      ApprovalRecordedResolver,
      PolicyViolatedResolver,
      JournalCheckpointResolver,
      SubscriptionsResolver,
      ViewerResolver,
    ],
    pubSub: NO_TOPICS,
    // Inputs are checked where they are read into the domain's words.
    validate: false,
  });
  // type-graphql has no place for the description of a root type.
  const query = schema.getQueryType();
  if (query) query.description = 'What can be asked. Every list says which registries could not answer.';
  const mutation = schema.getMutationType();
  if (mutation)
    mutation.description =
      'What can be changed. Everything takes an `idempotencyKey`, and can then be sent again safely.';
  const subscription = schema.getSubscriptionType();
  if (subscription)
    subscription.description =
      'What can be listened to, over WebSocket at /graphql and over SSE at /graphql/stream. Every item has a cursor to resume from.';
  return schema;
}
