import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Query, Resolver, Root } from 'type-graphql';
import type { GraphQLContext } from '../../src/context.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import { modelOf, parseVersionId, versionId } from '../../src/domain/refs.js';
import { FreshnessArgs, toFreshness } from '../inputs/list-args.js';
import { toSelection } from '../inputs/model-filter.input.js';
import { ModelVersionListArgs, toModelRefs, toVersionFilter } from '../inputs/model-version-filter.input.js';
import { FreshnessType, RegistryTagType } from '../types/common.type.js';
import { ModelVersionConnectionType } from '../types/connections.type.js';
import { fromConnection } from '../types/from-connection.js';
import { ModelType } from '../types/model.type.js';
import { ModelVersionType } from '../types/model-version.type.js';
import { onlyKeys } from '../types/only-keys.js';
import { FIELDS_OF_A_MODEL_REF } from './model.resolver.js';
import { selectsOnly } from './selects-only.js';

@Resolver(() => ModelVersionType)
export class ModelVersionResolver {
  @Query(() => ModelVersionConnectionType, {
    nullable: true,
    description:
      'Versions over all registries, the newest first. The review queue is `filter: {approvalStatuses: [PENDING]}`.',
  })
  async modelVersions(@Args(() => ModelVersionListArgs) args: ModelVersionListArgs, @Ctx() context: GraphQLContext) {
    const connection = await context.catalog.listVersions({
      page: args,
      freshness: toFreshness(args),
      selection: toSelection(args.filter),
      filter: toVersionFilter(args.filter),
      order: args.orderBy ?? undefined,
      models: toModelRefs(args.filter?.modelIds),
    });
    return fromConnection(connection, context);
  }

  @Query(() => ModelVersionType, { nullable: true, description: 'One version; null when there is none of that id.' })
  modelVersion(
    @Arg('id', () => ID, { description: '`<registryId>/<name>/<version>`, as the API gave it.' }) id: string,
    @Args(() => FreshnessArgs) freshness: FreshnessArgs,
    @Ctx() context: GraphQLContext,
  ) {
    return context.catalog.version(parseVersionId(id), toFreshness(freshness));
  }

  @Query(() => ModelVersionType, { nullable: true, description: 'One version; null when there is none of that name.' })
  modelVersionByName(
    @Arg('registryId', () => ID, { description: 'The registry.' }) registryId: string,
    @Arg('modelName', () => String, { description: 'As the registry writes it.' }) modelName: string,
    @Arg('version', () => String, { description: 'As the registry writes it, e.g. `12`.' }) version: string,
    @Args(() => FreshnessArgs) freshness: FreshnessArgs,
    @Ctx() context: GraphQLContext,
  ) {
    return context.catalog.versionByName(registryId, modelName, version, toFreshness(freshness));
  }

  @Query(() => ModelVersionType, {
    nullable: true,
    description: 'By ARN, or with `registryId` by MLflow `models:/name/version` URI; null when no registry has it.',
  })
  modelVersionByNativeId(
    @Arg('nativeId', () => String, { description: 'The ARN or URI.' }) nativeId: string,
    @Arg('registryId', () => ID, { nullable: true, description: 'Look in this registry only.' })
    registryId: string | null | undefined,
    @Args(() => FreshnessArgs) freshness: FreshnessArgs,
    @Ctx() context: GraphQLContext,
  ) {
    return context.catalog.versionByNativeId(nativeId, registryId ?? undefined, toFreshness(freshness));
  }

  @FieldResolver(() => ID, { description: 'Stable and global; pass it to `node`.' })
  id(@Root() version: ModelVersionRecord) {
    return versionId(version.ref);
  }

  @FieldResolver(() => ModelType, {
    nullable: true,
    description: 'The model it is a version of; null where that was deleted meanwhile or could not be read.',
  })
  model(@Root() version: ModelVersionRecord, @Info() info: GraphQLResolveInfo, @Ctx() context: GraphQLContext) {
    const ref = modelOf(version.ref);
    // A list of versions names the model in every row: what the ref itself says is not asked of the registry again.
    return selectsOnly(info, FIELDS_OF_A_MODEL_REF) ? { ref } : context.catalog.model(ref, { like: version });
  }

  @FieldResolver(() => String, { description: 'As the registry writes it, e.g. `12`.' })
  version(@Root() version: ModelVersionRecord) {
    return version.ref.version;
  }

  @FieldResolver(() => [String], { nullable: true, description: 'Names of the aliases that point to it.' })
  aliasNames(@Root() version: ModelVersionRecord, @Ctx() context: GraphQLContext) {
    return context.catalog.aliasNames(version);
  }

  @FieldResolver(() => [RegistryTagType], { description: 'Its tags, by key.' })
  tags(
    @Root() version: ModelVersionRecord,
    @Arg('keys', () => [String], { nullable: true, description: 'Only these.' }) keys?: readonly string[] | null,
  ) {
    return onlyKeys(version.tags, keys);
  }

  @FieldResolver(() => [RegistryTagType], { description: 'Its metadata, by key.' })
  metadata(
    @Root() version: ModelVersionRecord,
    @Arg('keys', () => [String], { nullable: true, description: 'Only these.' }) keys?: readonly string[] | null,
  ) {
    return onlyKeys(version.metadata, keys);
  }

  @FieldResolver(() => FreshnessType, { nullable: true, description: 'How old the answer is.' })
  freshness(@Root() version: ModelVersionRecord, @Ctx() context: GraphQLContext): FreshnessType {
    return context.catalog.freshnessOf(version);
  }
}
