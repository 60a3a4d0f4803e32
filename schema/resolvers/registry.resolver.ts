import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { GraphQLContext, RegistryEntry } from '../../src/context.js';
import type { RegistryCapability } from '../../src/domain/capabilities.js';
import { parseNodeId, quote } from '../../src/domain/refs.js';
import { badInput } from '../bad-input.js';
import { RegistryCapabilityEnum, RegistryKindEnum } from '../enums.js';
import { FreshnessArgs, toFreshness } from '../inputs/list-args.js';
import { ModelListArgs, toModelFilter, toSelection } from '../inputs/model-filter.input.js';
import { DateTimeScalar } from '../scalars.js';
import { RegistryHealthType, RegistryLimitsType } from '../types/common.type.js';
import { ModelConnectionType } from '../types/connections.type.js';
import { fromConnection, problemOf } from '../types/from-connection.js';
import { RegistryType } from '../types/registry.type.js';
import { RegistryCountsType, RegistrySummaryType } from '../types/registry-counts.type.js';

@Resolver(() => RegistryType)
export class RegistryResolver {
  @Query(() => [RegistryType], { description: 'Every registry that the caller may see, in the order of the config.' })
  registries(@Ctx() context: GraphQLContext) {
    return context.catalog.registries;
  }

  @Query(() => RegistryType, { nullable: true, description: 'One registry; null when there is none of that id.' })
  registry(
    @Arg('id', () => ID, { description: 'The id from the config.' }) id: string,
    @Ctx() context: GraphQLContext,
  ) {
    if (parseNodeId(id).type !== 'registry') throw badInput(`${quote(id)} is not the id of a registry.`);
    return context.catalog.registry(id);
  }

  @Query(() => RegistrySummaryType, {
    nullable: true,
    description: 'All registries that the caller may see, and how much there is in them.',
  })
  registrySummary(@Args(() => FreshnessArgs) freshness: FreshnessArgs, @Ctx() context: GraphQLContext) {
    return context.catalog.summary(toFreshness(freshness) ?? {});
  }

  @FieldResolver(() => RegistryKindEnum, { description: 'What runs behind it.' })
  kind(@Root() registry: RegistryEntry) {
    return registry.adapter.kind;
  }

  @FieldResolver(() => String, { nullable: true, description: 'AWS account, where the registry has one.' })
  account(@Root() registry: RegistryEntry) {
    return registry.adapter.location.account;
  }

  @FieldResolver(() => String, { nullable: true, description: 'AWS Region, where the registry has one.' })
  region(@Root() registry: RegistryEntry) {
    return registry.adapter.location.region;
  }

  @FieldResolver(() => String, { nullable: true, description: 'Base URL, endpoint or table, without secrets.' })
  location(@Root() registry: RegistryEntry) {
    return registry.adapter.location.location;
  }

  @FieldResolver(() => [RegistryCapabilityEnum], { description: 'What it can do.' })
  capabilities(@Root() registry: RegistryEntry) {
    return Object.values(RegistryCapabilityEnum).filter(
      (capability: RegistryCapability) => registry.adapter.capabilities[capability],
    );
  }

  @FieldResolver(() => RegistryLimitsType, { description: 'What fits.' })
  limits(@Root() registry: RegistryEntry) {
    return registry.adapter.limits;
  }

  @FieldResolver(() => RegistryHealthType, { description: 'How it answers the gateway.' })
  health(@Root() registry: RegistryEntry) {
    const { problem, ...health } = registry.health();
    return { ...health, problem: problem === null ? null : problemOf(problem) };
  }

  @FieldResolver(() => DateTimeScalar, {
    nullable: true,
    description:
      'Every change before this time is in the journal (deletions: as of the last full walk). Null until the first complete crawl. Never moves back.',
  })
  completeThrough(@Root() registry: RegistryEntry, @Ctx() context: GraphQLContext) {
    return context.catalog.completeThrough(registry.id);
  }

  @FieldResolver(() => RegistryCountsType, {
    nullable: true,
    description: 'How much of it the caller may see. Null until the first complete crawl.',
  })
  counts(@Root() registry: RegistryEntry, @Ctx() context: GraphQLContext) {
    return context.catalog.counts(registry.id);
  }

  @FieldResolver(() => ModelConnectionType, { nullable: true, description: 'Its models.' })
  async models(
    @Root() registry: RegistryEntry,
    @Args(() => ModelListArgs) args: ModelListArgs,
    @Ctx() context: GraphQLContext,
  ) {
    const connection = await context.catalog.listModels({
      page: args,
      freshness: toFreshness(args),
      selection: { ...toSelection(args.filter), within: registry.id },
      filter: toModelFilter(args.filter),
      order: args.orderBy ?? undefined,
    });
    return fromConnection(connection, context);
  }
}
