import { Field, Float, InputType } from 'type-graphql';
import type { ReportKind, Tag } from '../../src/domain/model.js';
import { badInput } from '../bad-input.js';
import { ReportKindEnum } from '../enums.js';
import { present } from './present.js';

/** Entries of any list in a mutation. */
const ENTRIES_MAX = 200;

@InputType('RegistryTagInput', { description: 'A tag, or an entry of metadata.' })
export class RegistryTagInput implements Tag {
  @Field(() => String, { description: 'The key.' })
  readonly key!: string;

  @Field(() => String, { description: 'The value.' })
  readonly value!: string;
}

/** What every mutation takes besides its own fields. */
@InputType()
export abstract class KeyedInput {
  @Field(() => String, {
    nullable: true,
    description:
      'Makes it safe to send again: 16 to 128 characters, unique per intent (a UUID), good for 24 hours. The same key and input give the first ' +
      'result again.',
  })
  readonly idempotencyKey?: string | null;
}

@InputType('ModelArtifactInput', { description: 'A file that a version consists of, with the image that runs it.' })
export class ModelArtifactInput {
  @Field(() => String, { description: 'Where it is, e.g. an S3 URI.' })
  readonly uri!: string;

  @Field(() => String, { nullable: true, description: 'What it is for.' })
  readonly role?: string | null;

  @Field(() => String, { nullable: true, description: 'Container image.' })
  readonly image?: string | null;

  @Field(() => String, { nullable: true, description: 'Digest of the image.' })
  readonly imageDigest?: string | null;

  @Field(() => String, { nullable: true, description: 'Framework of the model.' })
  readonly framework?: string | null;

  @Field(() => String, { nullable: true, description: 'Version of the framework.' })
  readonly frameworkVersion?: string | null;

  @Field(() => String, { nullable: true, description: "Digest of the file's content." })
  readonly digest?: string | null;
}

@InputType('ModelMetricInput', { description: 'A number that speaks for or against a version.' })
export class ModelMetricInput {
  @Field(() => String, { description: 'What was measured.' })
  readonly name!: string;

  @Field(() => Float, { description: 'Finite.' })
  readonly value!: number;

  @Field(() => String, { nullable: true, description: 'Its unit.' })
  readonly unit?: string | null;

  @Field(() => String, { nullable: true, description: 'What it was measured on.' })
  readonly dataset?: string | null;
}

@InputType('ModelReportInput', { description: 'A report that comes with a version.' })
export class ModelReportInput {
  @Field(() => ReportKindEnum, { description: 'What it is about.' })
  readonly kind!: ReportKind;

  @Field(() => String, { description: 'Where it is.' })
  readonly uri!: string;

  @Field(() => String, { nullable: true, description: 'Its media type.' })
  readonly contentType?: string | null;
}

@InputType('ModelLineageInput', { description: 'Where a version came from.' })
export class ModelLineageInput {
  @Field(() => String, { nullable: true, description: 'Commit of the code.' })
  readonly commit?: string | null;

  @Field(() => String, { nullable: true, description: 'Repository of the code.' })
  readonly repository?: string | null;

  @Field(() => String, { nullable: true, description: 'Pipeline execution that made it.' })
  readonly pipelineExecution?: string | null;

  @Field(() => String, { nullable: true, description: 'Training job that made it.' })
  readonly trainingJob?: string | null;

  @Field(() => String, { nullable: true, description: 'Run that made it.' })
  readonly runId?: string | null;

  @Field(() => String, { nullable: true, description: 'What it was trained on.' })
  readonly dataset?: string | null;

  @Field(() => String, { nullable: true, description: 'What it was made from.' })
  readonly sourceUri?: string | null;

  @Field(() => String, { nullable: true, description: 'What made it, where none of the others says.' })
  readonly generatedBy?: string | null;
}

@InputType('InferenceSpecificationInput', { description: 'How a version can be called and on what it runs.' })
export class InferenceSpecificationInput {
  @Field(() => [String], { nullable: true, description: 'Media types that it takes.' })
  readonly contentTypes?: readonly string[] | null;

  @Field(() => [String], { nullable: true, description: 'Media types that it answers with.' })
  readonly responseTypes?: readonly string[] | null;

  @Field(() => [String], { nullable: true, description: 'Instance types for endpoints.' })
  readonly realtimeInstanceTypes?: readonly string[] | null;

  @Field(() => [String], { nullable: true, description: 'Instance types for batch jobs.' })
  readonly batchInstanceTypes?: readonly string[] | null;
}

/** A field that is given has a value: null says as little as nothing in what is new. */
type Filled<T> = { readonly [K in keyof T]: Exclude<T[K], null> };

/** A list as the domain takes it. */
export function entries<T extends object>(
  field: string,
  values: readonly T[] | null | undefined,
): readonly Filled<T>[] | undefined {
  if (values === null || values === undefined) return undefined;
  if (values.length > ENTRIES_MAX) {
    throw badInput(`\`${field}\` has ${values.length} entries; it may have ${ENTRIES_MAX} at most.`);
  }
  return values.map((value) => present(value) as Filled<T>);
}

/** @see entries */
export function keys(field: string, values: readonly string[] | null | undefined): readonly string[] | undefined {
  if (values === null || values === undefined) return undefined;
  if (values.length > ENTRIES_MAX) {
    throw badInput(`\`${field}\` has ${values.length} keys; it may have ${ENTRIES_MAX} at most.`);
  }
  return values;
}

/** The fields that are given: an absent one is left out, null stays, because it clears. */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
