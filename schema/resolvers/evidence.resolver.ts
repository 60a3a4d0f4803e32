import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { GraphQLContext } from '../../src/context.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import { ProblemType, RegistryTagType } from '../types/common.type.js';
import { ModelCardType, ModelMetricType, ModelReportType } from '../types/evidence.type.js';
import { problemOf } from '../types/from-connection.js';
import { ModelVersionType } from '../types/model-version.type.js';
import { onlyKeys } from '../types/only-keys.js';

/** What speaks for or against a version. It may stand in another store than the version, so all of it is nullable. */
@Resolver(() => ModelVersionType)
export class EvidenceResolver {
  @FieldResolver(() => [ModelMetricType], { nullable: true, description: 'Its metrics, by name.' })
  async metrics(
    @Root() version: ModelVersionRecord,
    @Ctx() { catalog }: GraphQLContext,
    @Arg('names', () => [String], { nullable: true, description: 'Only these.' }) names?: readonly string[] | null,
    @Arg('datasets', () => [String], { nullable: true, description: 'Only those measured on these.' })
    datasets?: readonly string[] | null,
  ) {
    const evidence = await catalog.evidence(version.ref, ['METRICS']);
    return (
      evidence?.metrics.filter(
        ({ name, dataset }) =>
          (names?.includes(name) ?? true) && (datasets?.some((wanted) => wanted === dataset) ?? true),
      ) ?? null
    );
  }

  @FieldResolver(() => [RegistryTagType], { nullable: true, description: 'What it was trained with, by key.' })
  async parameters(
    @Root() version: ModelVersionRecord,
    @Ctx() { catalog }: GraphQLContext,
    @Arg('names', () => [String], { nullable: true, description: 'Only these.' }) names?: readonly string[] | null,
  ) {
    const evidence = await catalog.evidence(version.ref, ['PARAMETERS']);
    return evidence === null ? null : onlyKeys(evidence.parameters, names);
  }

  @FieldResolver(() => [ModelReportType], { nullable: true, description: 'The reports that came with it.' })
  async reports(@Root() version: ModelVersionRecord, @Ctx() { catalog }: GraphQLContext) {
    return (await catalog.evidence(version.ref, ['REPORTS']))?.reports ?? null;
  }

  @FieldResolver(() => ModelCardType, { nullable: true, description: 'What its makers say it is and is not for.' })
  async modelCard(@Root() version: ModelVersionRecord, @Ctx() { catalog }: GraphQLContext) {
    return (await catalog.evidence(version.ref, ['MODEL_CARD']))?.modelCard ?? null;
  }

  @FieldResolver(() => [ProblemType], {
    nullable: true,
    description: 'Why metrics, parameters, reports or the model card are missing or partial.',
  })
  async evidenceProblems(@Root() version: ModelVersionRecord, @Ctx() { catalog }: GraphQLContext) {
    const evidence = await catalog.evidence(version.ref, ['METRICS', 'PARAMETERS', 'REPORTS', 'MODEL_CARD']);
    if (evidence === null) return null;
    // What keeps two parts from being read is one thing to be mended.
    return [...new Set(evidence.problems.map(({ error }) => error))].map(problemOf);
  }
}
