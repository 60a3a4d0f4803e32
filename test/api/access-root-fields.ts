import type { Action } from '../../src/domain/access.js';
import type { GraphQLAnswer } from '../support/gateway.js';

/** What a root field is asked about: a version of a model in a registry, all of which exist. */
export interface Target {
  readonly registryId: string;
  readonly model: string;
  readonly version: string;
  readonly nativeId: string;
}

/** What came of it. A write to what the caller does not see must look as one to what is not there. */
export type Outcome = 'done' | 'absent' | 'forbidden';

/** One root field: how it is asked about a target, and what it takes. */
export interface RootField {
  /** Null: it is about nothing, and everybody who comes in may ask. */
  readonly needs: Action | null;
  /** What must be visible for it. */
  readonly about: 'registry' | 'model';
  readonly document: string;
  readonly variables: (target: Target) => Record<string, unknown>;
  /** What an answer says; anything else is a fault and throws. */
  readonly outcome: (answer: GraphQLAnswer, target: Target) => Outcome;
  /** It changes its target: each asks for one of its own. */
  readonly changes?: true;
}

const modelId = ({ registryId, model }: Target) => `${registryId}/${model}`;
const versionId = (target: Target) => `${modelId(target)}/${target.version}`;

/** By whether the one thing that was asked for is there; the document calls it `found`. */
function lookup(answer: GraphQLAnswer): Outcome {
  const code = answer.errors[0]?.extensions.code;
  // That a registry is not there is said where it was named beside what is looked for.
  if (code === 'BAD_USER_INPUT') return 'absent';
  if (code !== undefined) throw new Error(`An unexpected error: ${JSON.stringify(answer.errors)}`);
  return answer.data.found === null ? 'absent' : 'done';
}

/** By whether the target is among what was found; the document calls it `found`. */
function among(idOf: (target: Target) => string): RootField['outcome'] {
  return (answer, target) => {
    if (answer.errors.length > 0) throw new Error(`An unexpected error: ${JSON.stringify(answer.errors)}`);
    const items: readonly ({ readonly id: string } | null)[] = answer.data.found.nodes ?? answer.data.found;
    return items.some((item) => item?.id === idOf(target)) ? 'done' : 'absent';
  };
}

/** Every root field of the schema, by type and name. */
export const ROOT_FIELDS: Readonly<Record<string, RootField>> = {
  'Query.node': {
    needs: 'VIEW',
    about: 'model',
    document: 'query ($id: ID!) { found: node(id: $id) { id } }',
    variables: (target) => ({ id: versionId(target) }),
    outcome: lookup,
  },
  'Query.nodes': {
    needs: 'VIEW',
    about: 'model',
    document: 'query ($ids: [ID!]!) { found: nodes(ids: $ids) { id } }',
    variables: (target) => ({ ids: [modelId(target)] }),
    outcome: among(modelId),
  },
  'Query.registries': {
    needs: 'VIEW',
    about: 'registry',
    document: '{ found: registries { id } }',
    variables: () => ({}),
    outcome: among(({ registryId }) => registryId),
  },
  'Query.registry': {
    needs: 'VIEW',
    about: 'registry',
    document: 'query ($id: ID!) { found: registry(id: $id) { id } }',
    variables: ({ registryId }) => ({ id: registryId }),
    outcome: lookup,
  },
  'Query.models': {
    needs: 'VIEW',
    about: 'model',
    document: '{ found: models(first: 200) { nodes { id } } }',
    variables: () => ({}),
    outcome: among(modelId),
  },
  'Query.model': {
    needs: 'VIEW',
    about: 'model',
    document: 'query ($id: ID!) { found: model(id: $id) { id } }',
    variables: (target) => ({ id: modelId(target) }),
    outcome: lookup,
  },
  'Query.modelByName': {
    needs: 'VIEW',
    about: 'model',
    document:
      'query ($registryId: ID!, $model: String!) { found: modelByName(registryId: $registryId, name: $model) { id } }',
    variables: ({ registryId, model }) => ({ registryId, model }),
    outcome: lookup,
  },
  'Query.modelVersions': {
    needs: 'VIEW',
    about: 'model',
    document: '{ found: modelVersions(first: 200) { nodes { id } } }',
    variables: () => ({}),
    outcome: among(versionId),
  },
  'Query.modelVersion': {
    needs: 'VIEW',
    about: 'model',
    document: 'query ($id: ID!) { found: modelVersion(id: $id) { id } }',
    variables: (target) => ({ id: versionId(target) }),
    outcome: lookup,
  },
  'Query.modelVersionByName': {
    needs: 'VIEW',
    about: 'model',
    document:
      'query ($registryId: ID!, $model: String!, $version: String!) { found: modelVersionByName(registryId: $registryId, modelName: $model, version: $version) { id } }',
    variables: ({ registryId, model, version }) => ({ registryId, model, version }),
    outcome: lookup,
  },
  'Query.modelVersionByNativeId': {
    needs: 'VIEW',
    about: 'model',
    document: 'query ($nativeId: String!) { found: modelVersionByNativeId(nativeId: $nativeId) { id } }',
    variables: ({ nativeId }) => ({ nativeId }),
    outcome: lookup,
  },
  'Query.viewer': {
    needs: null,
    about: 'model',
    document: '{ found: viewer { name } }',
    variables: () => ({}),
    outcome: lookup,
  },
  'Query.explainAccess': {
    needs: 'VIEW',
    about: 'model',
    document: 'query ($id: ID!) { found: explainAccess(id: $id) { canView } }',
    variables: (target) => ({ id: versionId(target) }),
    outcome: lookup,
  },
};
