import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { GraphQLContext } from '../../src/context.js';
import type { AliasRecord, ModelRecord } from '../../src/domain/model.js';
import { modelId, parseModelId } from '../../src/domain/refs.js';
import { FreshnessArgs, toFreshness } from '../inputs/list-args.js';
import { ModelListArgs, toModelFilter, toSelection } from '../inputs/model-filter.input.js';
import { ModelVersionListArgs, toModelRefs, toVersionFilter } from '../inputs/model-version-filter.input.js';
import { FreshnessType, RegistryTagType } from '../types/common.type.js';
import { ModelConnectionType, ModelVersionConnectionType } from '../types/connections.type.js';
import { fromConnection } from '../types/from-connection.js';
import { ModelAliasType, ModelType } from '../types/model.type.js';
import { ModelVersionType } from '../types/model-version.type.js';
import { onlyKeys } from '../types/only-keys.js';
import { RegistryType } from '../types/registry.type.js';

/** What can be answered from a ref alone, without the record. */
export const FIELDS_OF_A_MODEL_REF = ['__typename', 'id', 'name', 'registry', 'ownerAccount'];

type AliasOfModel = AliasRecord & { readonly model: ModelRecord };

@Resolver(() => ModelType)
export class ModelResolver {
  @Query(() => ModelConnectionType, { nullable: true, description: 'Models of all registries, by name.' })
  async models(@Args(() => ModelListArgs) args: ModelListArgs, @Ctx() context: GraphQLContext) {
    const connection = await context.catalog.listModels({
      page: args,
      freshness: toFreshness(args),
      selection: toSelection(args.filter),
      filter: toModelFilter(args.filter),
      order: args.orderBy ?? undefined,
    });
    return fromConnection(connection, context);
  }

  @Query(() => ModelType, { nullable: true, description: 'One model; null when there is none of that id.' })
  model(
    @Arg('id', () => ID, { description: '`<registryId>/<name>`, as the API gave it.' }) id: string,
    @Args(() => FreshnessArgs) freshness: FreshnessArgs,
    @Ctx() context: GraphQLContext,
  ) {
    return context.catalog.model(parseModelId(id), toFreshness(freshness));
  }

  @Query(() => ModelType, { nullable: true, description: 'One model; null when there is none of that name.' })
  modelByName(
    @Arg('registryId', () => ID, { description: 'The registry.' }) registryId: string,
    @Arg('name', () => String, {
      description: 'As the registry writes it; `<accountId>:<group>` for a group that another AWS account owns.',
    })
    name: string,
    @Args(() => FreshnessArgs) freshness: FreshnessArgs,
    @Ctx() context: GraphQLContext,
  ) {
    return context.catalog.modelByName(registryId, name, toFreshness(freshness));
  }

  @FieldResolver(() => ID, { description: 'Stable and global; pass it to `node`.' })
  id(@Root() model: ModelRecord) {
    return modelId(model.ref);
  }

  @FieldResolver(() => String, { description: 'As the registry writes it.' })
  name(@Root() model: ModelRecord) {
    return model.ref.name;
  }

  @FieldResolver(() => RegistryType, { description: 'Where it is registered.' })
  registry(@Root() model: ModelRecord, @Ctx() context: GraphQLContext) {
    return context.catalog.registry(model.ref.registryId);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "The AWS account that owns a group shared with this registry's account.",
  })
  ownerAccount(@Root() model: ModelRecord) {
    return model.ref.ownerAccount ?? null;
  }

  @FieldResolver(() => [RegistryTagType], { description: 'Its tags, by key.' })
  tags(
    @Root() model: ModelRecord,
    @Arg('keys', () => [String], { nullable: true, description: 'Only these.' }) keys?: readonly string[] | null,
  ) {
    return onlyKeys(model.tags, keys);
  }

  @FieldResolver(() => ModelVersionConnectionType, {
    nullable: true,
    description: 'Its versions, the highest number first.',
  })
  async versions(
    @Root() model: ModelRecord,
    @Args(() => ModelVersionListArgs) args: ModelVersionListArgs,
    @Ctx() context: GraphQLContext,
  ) {
    const own = modelId(model.ref);
    const asked = toModelRefs(args.filter?.modelIds)?.map(modelId);
    const connection = await context.catalog.listVersions({
      page: args,
      freshness: toFreshness(args) ?? { like: model },
      selection: toSelection(args.filter),
      filter: toVersionFilter(args.filter),
      order: args.orderBy ?? undefined,
      models: asked === undefined || asked.includes(own) ? [model.ref] : [],
    });
    return fromConnection(connection, context);
  }

  @FieldResolver(() => ModelVersionType, {
    nullable: true,
    description: 'One version of it; null when there is none of that name.',
  })
  versionByName(
    @Root() model: ModelRecord,
    @Arg('version', () => String, { description: 'As the registry writes it, e.g. `12`.' }) version: string,
    @Ctx() context: GraphQLContext,
  ) {
    return context.catalog.version({ ...model.ref, version }, { like: model });
  }

  @FieldResolver(() => ModelVersionType, { nullable: true, description: 'Highest version number.' })
  latestVersion(@Root() model: ModelRecord, @Ctx() context: GraphQLContext) {
    return context.catalog.latestVersion(model);
  }

  @FieldResolver(() => ModelVersionType, {
    nullable: true,
    description: 'Highest version number with approval status APPROVED.',
  })
  latestApprovedVersion(@Root() model: ModelRecord, @Ctx() context: GraphQLContext) {
    return context.catalog.latestApprovedVersion(model);
  }

  @FieldResolver(() => [ModelAliasType], { description: 'Its aliases, by name.' })
  aliases(@Root() model: ModelRecord): AliasOfModel[] {
    return model.aliases.map((alias) => ({ ...alias, model }));
  }

  @FieldResolver(() => ModelVersionType, {
    nullable: true,
    description: 'The version that an alias points to; null without that alias.',
  })
  async versionByAlias(
    @Root() model: ModelRecord,
    @Arg('alias', () => String, { description: 'The name of the alias.' }) alias: string,
    @Ctx() context: GraphQLContext,
  ) {
    const found = model.aliases.find((candidate) => candidate.name === alias);
    return found === undefined
      ? null
      : context.catalog.version({ ...model.ref, version: found.version }, { like: model });
  }

  @FieldResolver(() => FreshnessType, { nullable: true, description: 'How old the answer is.' })
  freshness(@Root() model: ModelRecord, @Ctx() context: GraphQLContext): FreshnessType {
    return context.catalog.freshnessOf(model);
  }
}

@Resolver(() => ModelAliasType)
export class ModelAliasResolver {
  @FieldResolver(() => ModelVersionType, {
    nullable: true,
    description: 'The version it points to; null where that is gone.',
  })
  modelVersion(@Root() alias: AliasOfModel, @Ctx() context: GraphQLContext) {
    return context.catalog.version({ ...alias.model.ref, version: alias.version }, { like: alias.model });
  }
}
