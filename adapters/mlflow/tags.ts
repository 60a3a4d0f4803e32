import type { LineageRecord, Tag } from '../../src/domain/model.js';
import { foldKey, isReserved } from '../shared/reserved.js';

/** The keys that MLflow takes, but for a few that read as paths, which it refuses itself. */
export const TAG_KEY = /^[/\p{L}\p{N}_.\- :]+$/u;

/** Marks a registered model, and each of its versions, as a prompt. */
const PROMPT_TAG = 'mlflow.prompt.is_prompt';

/** Who decided and why, beside the status; see the design on MLflow's approval convention. */
export const DECISION_TAG = 'registrar.decision';

/** The request that created the model or version: what makes repeating it safe. */
export const REQUEST_TAG = 'registrar.request';

/** Who created the model or version through the gateway; MLflow itself does not keep it. */
export const CREATED_BY_TAG = 'registrar.createdBy';

type LineageTagField = Exclude<keyof LineageRecord, 'runId' | 'experimentId'>;

/** Version tags that hold lineage: MLflow's own keys where it has one for the same thing on runs. */
export const LINEAGE_TAGS = {
  commit: 'mlflow.source.git.commit',
  repository: 'mlflow.source.git.repoURL',
  sourceUri: 'mlflow.source.name',
  pipelineExecution: 'registrar.lineage.pipelineExecution',
  trainingJob: 'registrar.lineage.trainingJob',
  dataset: 'registrar.lineage.dataset',
  generatedBy: 'registrar.lineage.generatedBy',
} as const satisfies Record<LineageTagField, string>;

const LINEAGE_KEYS: ReadonlySet<string> = new Set(Object.values(LINEAGE_TAGS).map(foldKey));

/**
 * Tags whose content is in a field of the record: they are neither shown as tags nor taken as such, in whatever spelling the database behind
 * the server may take for the same key.
 */
export function isReservedTag(key: string): boolean {
  const folded = foldKey(key);
  return isReserved(key) || folded.startsWith('mlflow.prompt.') || LINEAGE_KEYS.has(folded);
}

export function tagValue(tags: readonly Tag[], key: string): string | undefined {
  return tags.find((tag) => tag.key === key)?.value;
}

export function isPrompt(tags: readonly Tag[]): boolean {
  return tagValue(tags, PROMPT_TAG)?.toLowerCase() === 'true';
}
