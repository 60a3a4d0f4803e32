import { quote } from '../../src/domain/refs.js';
import type {
  ModelUpdate,
  NewModel,
  NewVersion,
  StageWrite,
  StatusWrite,
  VersionUpdate,
} from '../../src/domain/registry.js';
import { type Declared, matches, rulesOf } from './refusal-rules.js';

export type { Declared } from './refusal-rules.js';

// Each refuses what the declarations already rule out, before anything is asked or written, and throws InvalidInputError or UnsupportedError.
// What an upstream rules out beyond its declarations is its adapter's to refuse.

export function refuseModel(registry: Declared, input: NewModel): void {
  const rules = rulesOf(registry, 'createModel');
  rules.name(input.name);
  rules.description(input.description);
  rules.requestId(input.requestId);
  if (input.owner !== undefined) {
    rules.capability('TAG_MODELS', 'owner');
    rules.nonEmpty('owner', input.owner);
  }
  if (isGiven(input.tags)) {
    rules.capability('TAG_MODELS', 'tags');
    rules.tags('tags', input.tags);
  }
}

export function refuseVersion(registry: Declared, input: NewVersion): void {
  const rules = rulesOf(registry, 'registerVersion');
  rules.description(input.description);
  rules.requestId(input.requestId);
  rules.artifacts(input.artifacts);
  if (isGiven(input.tags)) {
    rules.capability('TAG_VERSIONS', 'tags');
    rules.tags('tags', input.tags);
  }
  if (isGiven(input.metadata)) rules.metadata(input.metadata);
  if (isGiven(input.lineage)) rules.capability('LINEAGE', 'lineage');
  if (isGiven(input.inference)) rules.capability('REGISTER_INFERENCE', 'inference');
  refuseEvidence(rules, input);
}

function refuseEvidence(rules: ReturnType<typeof rulesOf>, input: NewVersion): void {
  const { metrics, parameters, reports, modelCard } = input;
  if (isGiven(metrics)) {
    rules.capability('REGISTER_METRICS', 'metrics');
    rules.metrics(metrics);
  }
  if (isGiven(parameters)) {
    rules.capability('REGISTER_PARAMETERS', 'parameters');
    rules.entries('parameters', parameters);
  }
  if (isGiven(reports)) {
    rules.capability('REGISTER_REPORTS', 'reports');
    rules.reports(reports);
  }
  if (modelCard !== undefined && modelCard !== null) {
    rules.capability('REGISTER_MODEL_CARD', 'modelCard');
    rules.modelCard(modelCard);
  }
}

/** That `owner` and its tag agree is `tagChange`'s to see (owner.ts). */
export function refuseModelUpdate(registry: Declared, input: ModelUpdate): void {
  const rules = rulesOf(registry, 'updateModel');
  const { description, owner, setTags = [], removeTags = [] } = input;
  if (description !== undefined) rules.capability('UPDATE_MODEL_DESCRIPTION', 'description');
  rules.description(description);
  if (owner !== undefined) rules.capability('TAG_MODELS', 'owner');
  if (typeof owner === 'string') rules.nonEmpty('owner', owner);
  refuseTagChange(rules, 'TAG_MODELS', setTags, removeTags);
}

/** How many entries of metadata there are afterwards is the adapter's to see, which knows how many there are. */
export function refuseVersionUpdate(registry: Declared, input: VersionUpdate): void {
  const rules = rulesOf(registry, 'updateVersion');
  const { description, setMetadata = [], removeMetadata = [], setTags = [], removeTags = [], modelCard } = input;
  if (description !== undefined) rules.capability('UPDATE_VERSION_DESCRIPTION', 'description');
  rules.description(description);
  if (isGiven(setMetadata)) {
    rules.capability('UPDATE_METADATA', 'setMetadata');
    rules.metadata(setMetadata);
  }
  if (isGiven(removeMetadata)) {
    rules.capability('UPDATE_METADATA', 'removeMetadata');
    rules.removal('removeMetadata', removeMetadata, setMetadata);
    for (const key of removeMetadata) rules.atMost('a key of removeMetadata', key, registry.limits.metadataKeyMax);
  }
  refuseTagChange(rules, 'TAG_VERSIONS', setTags, removeTags);
  if (modelCard !== undefined) {
    rules.capability('UPDATE_MODEL_CARD', 'modelCard');
    rules.modelCard(modelCard);
  }
}

function refuseTagChange(
  rules: ReturnType<typeof rulesOf>,
  capability: 'TAG_MODELS' | 'TAG_VERSIONS',
  setTags: NonNullable<ModelUpdate['setTags']>,
  removeTags: readonly string[],
): void {
  if (isGiven(setTags)) {
    rules.capability(capability, 'setTags');
    rules.tags('setTags', setTags);
  }
  if (isGiven(removeTags)) {
    rules.capability(capability, 'removeTags');
    rules.removal('removeTags', removeTags, setTags);
  }
}

/** For `refuseDecision` and for `decide`. Whether there is room for the mark beside what the version holds is the adapter's to see. */
export function refuseStatusWrite(registry: Declared, { mark }: Omit<StatusWrite, 'incarnation'>): void {
  const rules = rulesOf(registry, 'decide');
  rules.capability('DECIDE');
  if (mark.comment !== null) rules.atMost('comment', mark.comment, registry.limits.commentMax);
  if (mark.actor !== null) rules.text('the name of the actor', mark.actor);
}

export function refuseAlias(registry: Declared, operation: 'setAlias' | 'deleteAlias', alias: string): void {
  const rules = rulesOf(registry, operation);
  const { aliasPattern } = registry.limits;
  rules.capability('ALIASES');
  rules.text('alias', alias);
  if (aliasPattern !== null && !matches(aliasPattern, alias)) {
    rules.invalid(`the alias ${quote(alias)} is reserved or malformed: it does not match ${aliasPattern}`);
  }
}

/** What `archiveOthers`, `status` and `description` may be beyond this is the adapter's to see. */
export function refuseStage(registry: Declared, input: StageWrite): void {
  const rules = rulesOf(registry, 'setStage');
  const { stage, status, description } = input;
  const { stages } = registry.limits;
  rules.capability('STAGES');
  if (status !== undefined) rules.nonEmpty('status', status);
  if (description !== undefined) rules.text('description', description);
  if (stage === null) {
    rules.capability('CLEAR_STAGE', 'stage without a value');
    if (status !== undefined || description !== undefined) {
      rules.invalid('status and description belong to a stage, and none is given');
    }
    return;
  }
  rules.nonEmpty('stage', stage);
  if (stages !== null && !stages.includes(stage)) {
    rules.invalid(`there is no stage ${quote(stage)}. The stages are ${stages.join(', ')}`);
  }
}

/** An empty list or object asks for nothing, so every registry can hold it. */
function isGiven<T extends object>(value: T | undefined): value is T {
  return value !== undefined && Object.values(value).some((entry) => entry !== undefined && entry !== null);
}
