import { Field, ObjectType } from 'type-graphql';

@ObjectType('LifecycleStage', {
  description: "Where a version is in its life, in the registry's own words.",
  simpleResolvers: true,
})
export class LifecycleStageType {
  @Field(() => String, { description: 'The stage, e.g. `Staging`.' })
  readonly name!: string;

  @Field(() => String, { nullable: true, description: 'How far it is within the stage, e.g. `PendingApproval`.' })
  readonly status!: string | null;

  @Field(() => String, { nullable: true, description: 'Said by whoever put it there.' })
  readonly description!: string | null;
}

@ObjectType('ModelArtifact', {
  description: 'A file that a version consists of, with the image that runs it.',
  simpleResolvers: true,
})
export class ModelArtifactType {
  @Field(() => String, { description: 'Where it is, e.g. an S3 URI.' })
  readonly uri!: string;

  @Field(() => String, { nullable: true, description: 'What it is for, where the registry says.' })
  readonly role!: string | null;

  @Field(() => String, { nullable: true, description: 'Container image.' })
  readonly image!: string | null;

  @Field(() => String, { nullable: true, description: 'Digest of the image.' })
  readonly imageDigest!: string | null;

  @Field(() => String, { nullable: true, description: 'Framework of the model.' })
  readonly framework!: string | null;

  @Field(() => String, { nullable: true, description: 'Version of the framework.' })
  readonly frameworkVersion!: string | null;

  @Field(() => String, { nullable: true, description: "Digest of the file's content, where the registry keeps one." })
  readonly digest!: string | null;
}

@ObjectType('ModelLineage', {
  description: 'Where a version came from. Null fields: the registry does not say.',
  simpleResolvers: true,
})
export class ModelLineageType {
  @Field(() => String, { nullable: true, description: 'Commit of the code.' })
  readonly commit!: string | null;

  @Field(() => String, { nullable: true, description: 'Repository of the code.' })
  readonly repository!: string | null;

  @Field(() => String, { nullable: true, description: 'Pipeline execution that made it.' })
  readonly pipelineExecution!: string | null;

  @Field(() => String, { nullable: true, description: 'Training job that made it.' })
  readonly trainingJob!: string | null;

  @Field(() => String, { nullable: true, description: 'MLflow run that made it.' })
  readonly runId!: string | null;

  @Field(() => String, { nullable: true, description: 'MLflow experiment of that run.' })
  readonly experimentId!: string | null;

  @Field(() => String, { nullable: true, description: 'Data that it was trained on.' })
  readonly dataset!: string | null;

  @Field(() => String, { nullable: true, description: 'What it was copied or built from.' })
  readonly sourceUri!: string | null;

  @Field(() => String, { nullable: true, description: 'What generated it, as the registry writes it.' })
  readonly generatedBy!: string | null;
}

@ObjectType('InferenceSpecification', {
  description: 'How a version can be called and on what it runs.',
  simpleResolvers: true,
})
export class InferenceSpecificationType {
  @Field(() => [String], { description: 'MIME types it takes.' })
  readonly contentTypes!: readonly string[];

  @Field(() => [String], { description: 'MIME types it answers with.' })
  readonly responseTypes!: readonly string[];

  @Field(() => [String], { description: 'Instance types for real-time inference.' })
  readonly realtimeInstanceTypes!: readonly string[];

  @Field(() => [String], { description: 'Instance types for batch transform.' })
  readonly batchInstanceTypes!: readonly string[];
}
