import * as z from 'zod';
import { commitOf } from './evidence.js';
import { createMlflowClient, type MlflowClient, MlflowError } from './mlflow-client.js';
import { MLFLOW_MODELS, type MlflowModelSeed, type MlflowVersionSeed, PROMPT } from './mlflow-models.js';

const nothing = z.unknown();
const versionsShape = z.object({ model_versions: z.array(z.object({ version: z.string() })).default([]) });
const modelShape = z.object({
  registered_model: z.object({ aliases: z.array(z.object({ alias: z.string() })).default([]) }),
});
const experimentShape = z.object({ experiment: z.object({ experiment_id: z.string() }) });
const newExperimentShape = z.object({ experiment_id: z.string() });
const runShape = z.object({ run: z.object({ info: z.object({ run_id: z.string(), artifact_uri: z.string() }) }) });

/** What is there already stays as it is: MLflow's data outlives the server. */
export async function seedMlflow(url: string): Promise<string> {
  const mlflow = createMlflowClient(url);
  // One after the other, because SQLite takes one writer at a time.
  for (const model of MLFLOW_MODELS) await seedModel(mlflow, model);
  await seedPrompt(mlflow);
  return `${MLFLOW_MODELS.length} MLflow models`;
}

async function seedModel(mlflow: MlflowClient, model: MlflowModelSeed): Promise<void> {
  await createModel(mlflow, { name: model.name, description: model.description, tags: tagsOf(model.tags) });
  const present = await versionCount(mlflow, model.name);
  if (present < model.versions.length) {
    const experimentId = await experiment(mlflow, model.experiment);
    for (const [index, version] of model.versions.entries()) {
      if (index >= present) await seedVersion(mlflow, experimentId, model, index + 1, version);
    }
  }
  await seedAliases(mlflow, model);
}

/** On their own, because an earlier seed may have ended between the versions and them. */
async function seedAliases(mlflow: MlflowClient, { name, aliases }: MlflowModelSeed): Promise<void> {
  const { registered_model } = await mlflow.get('registered-models/get', { name }, modelShape);
  const present = registered_model.aliases.map(({ alias }) => alias);
  for (const [alias, version] of Object.entries(aliases)) {
    if (present.includes(alias)) continue;
    await mlflow.post('registered-models/alias', { name, alias, version: String(version) }, nothing);
  }
}

async function seedVersion(
  mlflow: MlflowClient,
  experimentId: string,
  { name, experiment: source }: MlflowModelSeed,
  number: number,
  { description, params, metrics, validation }: MlflowVersionSeed,
): Promise<void> {
  const runTags = {
    'mlflow.source.git.commit': commitOf(`${name}/${number}`),
    'mlflow.source.git.repoURL': `https://git.example.com/${source}`,
    'mlflow.source.name': 'train.py',
    'mlflow.user': 'training-pipeline',
  };
  const start = {
    experiment_id: experimentId,
    run_name: `${name} ${number}`,
    start_time: Date.now(),
    tags: tagsOf(runTags),
  };
  const { run } = await mlflow.post('runs/create', start, runShape);
  const { run_id, artifact_uri } = run.info;
  const timestamp = Date.now();
  const results = {
    run_id,
    params: tagsOf(params),
    metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp, step: 0 })),
  };
  await mlflow.post('runs/log-batch', results, nothing);
  await mlflow.putArtifact(
    `${artifact_uri}/model/MLmodel`,
    `artifact_path: model\nrun_id: ${run_id}\nflavors:\n  python_function:\n    loader_module: mlflow.sklearn\n`,
  );
  await mlflow.post('runs/update', { run_id, status: 'FINISHED', end_time: Date.now() }, nothing);
  const tags = tagsOf({
    dataset: `${source}/train`,
    ...(validation === undefined ? {} : { validation_status: validation }),
  });
  await mlflow.post(
    'model-versions/create',
    { name, source: `${artifact_uri}/model`, run_id, description, tags },
    nothing,
  );
}

async function seedPrompt(mlflow: MlflowClient): Promise<void> {
  const { name, description, text } = PROMPT;
  const isPrompt = { 'mlflow.prompt.is_prompt': 'true' };
  if (!(await createModel(mlflow, { name, description, tags: tagsOf(isPrompt) }))) return;
  const tags = tagsOf({ ...isPrompt, 'mlflow.prompt.text': text });
  await mlflow.post('model-versions/create', { name, source: 'dummy-source', description, tags }, nothing);
}

/** Gives whether it was missing. */
async function createModel(mlflow: MlflowClient, model: object): Promise<boolean> {
  try {
    await mlflow.post('registered-models/create', model, nothing);
    return true;
  } catch (error) {
    if (error instanceof MlflowError && error.code === 'RESOURCE_ALREADY_EXISTS') return false;
    throw error;
  }
}

/** Numbers are not given twice, so the highest one says how far an earlier run has come. */
async function versionCount(mlflow: MlflowClient, name: string): Promise<number> {
  const query = { filter: `name = '${name}'`, max_results: '1', order_by: 'version_number DESC' };
  const { model_versions } = await mlflow.get('model-versions/search', query, versionsShape);
  return Number(model_versions[0]?.version ?? 0);
}

async function experiment(mlflow: MlflowClient, name: string): Promise<string> {
  try {
    const found = await mlflow.get('experiments/get-by-name', { experiment_name: name }, experimentShape);
    return found.experiment.experiment_id;
  } catch (error) {
    if (!(error instanceof MlflowError) || error.code !== 'RESOURCE_DOES_NOT_EXIST') throw error;
    const created = await mlflow.post('experiments/create', { name }, newExperimentShape);
    return created.experiment_id;
  }
}

function tagsOf(values: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(values).map(([key, value]) => ({ key, value }));
}
