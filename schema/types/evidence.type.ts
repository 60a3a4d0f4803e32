import { Field, Float, ObjectType } from 'type-graphql';
import type { MetricGoal, ReportKind } from '../../src/domain/model.js';
import { MetricGoalEnum, ReportKindEnum } from '../enums.js';
import { JsonScalar, SafeIntScalar } from '../scalars.js';

@ObjectType('ModelMetric', { description: 'A number that speaks for or against a version.', simpleResolvers: true })
export class ModelMetricType {
  @Field(() => String, { description: 'What was measured, in the words of whoever did.' })
  readonly name!: string;

  @Field(() => Float, {
    nullable: true,
    description: 'Null where it is not finite; then `text` says NaN, Infinity or -Infinity.',
  })
  readonly value!: number | null;

  @Field(() => String, { nullable: true, description: 'What it is where it is not finite.' })
  readonly text!: string | null;

  @Field(() => String, { nullable: true, description: 'Its unit.' })
  readonly unit!: string | null;

  @Field(() => String, { nullable: true, description: 'What it was measured on.' })
  readonly dataset!: string | null;

  @Field(() => SafeIntScalar, { nullable: true, description: 'At which step of the training.' })
  readonly step!: number | null;

  @Field(() => Float, { nullable: true, description: 'How far it varies.' })
  readonly standardDeviation!: number | null;

  @Field(() => MetricGoalEnum, { description: 'Which way it is better.' })
  readonly goal!: MetricGoal;

  @Field(() => String, { nullable: true, description: 'Report URI or run.' })
  readonly source!: string | null;
}

@ObjectType('ModelReport', { description: 'A report that came with a version.', simpleResolvers: true })
export class ModelReportType {
  @Field(() => ReportKindEnum, { description: 'What it is about.' })
  readonly kind!: ReportKind;

  @Field(() => String, { description: 'A name to show.' })
  readonly name!: string;

  @Field(() => String, { description: 'Where it is.' })
  readonly uri!: string;

  @Field(() => String, { nullable: true, description: 'Its media type.' })
  readonly contentType!: string | null;
}

@ObjectType('ModelCard', { description: 'What its makers say a version is and is not for.', simpleResolvers: true })
export class ModelCardType {
  @Field(() => String, { nullable: true, description: "Its own status, in the registry's words." })
  readonly status!: string | null;

  @Field(() => JsonScalar, { nullable: true, description: 'What it says.' })
  readonly content!: unknown;
}
