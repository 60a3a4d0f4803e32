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
  /** What the role must cover, where that is not the same. */
  readonly over?: 'registry' | 'model';
  readonly document: string;
  readonly variables: (target: Target) => Record<string, unknown>;
  /** What an answer says; anything else is a fault and throws. */
  readonly outcome: (answer: GraphQLAnswer, target: Target) => Outcome;
  /** It changes its target: each asks for one of its own. */
  readonly changes?: true;
  /** A root field that an admin asks about the target before. */
  readonly after?: string;
  /** It is a subscription: its first item is its answer. */
  readonly streams?: true;
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

/** By whether it was done. */
function write(answer: GraphQLAnswer): Outcome {
  const [error] = answer.errors;
  if (error === undefined) return 'done';
  if (error.extensions.code === 'FORBIDDEN') return 'forbidden';
  const isUnknownRegistry = error.extensions.code === 'BAD_USER_INPUT' && error.message.includes('no registry');
  if (error.extensions.code === 'NOT_FOUND' || isUnknownRegistry) return 'absent';
  throw new Error(`An unexpected error: ${JSON.stringify(answer.errors)}`);
}

/** A mutation of a target's own, named as its input type is. */
function mutation(
  field: string,
  input: string,
  needs: Action,
  variables: (target: Target) => Record<string, unknown>,
): RootField {
  return {
    needs,
    about: 'model',
    changes: true,
    document: `mutation ($input: ${input}!) { ${field}(input: $input) { replayed } }`,
    variables: (target) => ({ input: variables(target) }),
    outcome: write,
  };
}

/** Of a registry, which is absent to those who do not see it. Which changes are told to whom is a test of its own. */
function subscription(field: string): RootField {
  return {
    needs: 'VIEW',
    about: 'registry',
    over: 'registry',
    streams: true,
    document: `subscription ($id: ID!) { found: ${field}(filter: {registryIds: [$id]}) { __typename } }`,
    variables: ({ registryId }) => ({ id: registryId }),
    outcome: lookup,
  };
}

const decision = (field: string, expectedStatus: string) =>
  mutation(field, 'DecideModelVersionInput', 'DECIDE', (target) => ({
    modelVersionId: versionId(target),
    expectedStatus,
    comment: 'looked at',
  }));

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
  'Query.registrySummary': {
    needs: 'VIEW',
    about: 'registry',
    document: '{ found: registrySummary { nodes: registries { id } } }',
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
  'Query.modelApprovals': {
    needs: 'VIEW',
    about: 'model',
    document: '{ found: modelApprovals(first: 200) { nodes { id: modelVersionId } } }',
    variables: () => ({}),
    outcome: among(versionId),
    after: 'Mutation.approveModelVersion',
  },
  'Query.registryChanges': {
    needs: 'VIEW',
    about: 'model',
    document: '{ found: registryChanges(last: 200) { nodes { ... on RegistryChange { id: modelVersionId } } } }',
    variables: () => ({}),
    outcome: among(versionId),
  },
  'Query.changesCursor': {
    needs: null,
    about: 'model',
    document: '{ found: changesCursor }',
    variables: () => ({}),
    outcome: lookup,
  },
  'Subscription.registryChanges': subscription('registryChanges'),
  'Subscription.modelVersionStatusChanged': subscription('modelVersionStatusChanged'),
  'Mutation.createModel': {
    // The name of what is not there yet hides nothing: only the registry can be absent.
    ...mutation('createModel', 'CreateModelInput', 'CONTRIBUTE', ({ registryId, model }) => ({
      registryId,
      name: `${model}-new`,
    })),
    about: 'registry',
    over: 'model',
  },
  'Mutation.updateModel': mutation('updateModel', 'UpdateModelInput', 'CONTRIBUTE', (target) => ({
    modelId: modelId(target),
    description: 'new',
  })),
  'Mutation.deleteModel': mutation('deleteModel', 'DeleteModelInput', 'CONTRIBUTE', (target) => ({
    modelId: modelId(target),
    cascade: true,
  })),
  'Mutation.registerModelVersion': mutation(
    'registerModelVersion',
    'RegisterModelVersionInput',
    'CONTRIBUTE',
    (target) => ({ modelId: modelId(target), artifacts: [{ uri: 's3://models/new' }] }),
  ),
  'Mutation.updateModelVersion': mutation('updateModelVersion', 'UpdateModelVersionInput', 'CONTRIBUTE', (target) => ({
    modelVersionId: versionId(target),
    description: 'new',
  })),
  'Mutation.deleteModelVersion': mutation('deleteModelVersion', 'DeleteModelVersionInput', 'CONTRIBUTE', (target) => ({
    modelVersionId: versionId(target),
  })),
  'Mutation.deleteModelVersions': {
    needs: 'CONTRIBUTE',
    about: 'model',
    changes: true,
    document:
      'mutation ($input: DeleteModelVersionsInput!) { found: deleteModelVersions(input: $input) { deletedIds refused { modelVersionId problem { code } } } }',
    variables: ({ model }) => ({ input: { filter: { modelName: { equals: model } } } }),
    // Each version by itself: one that may not be touched is refused, and the others go.
    outcome: (answer, target) => {
      if (answer.errors.length > 0) return write(answer);
      const { deletedIds, refused } = answer.data.found;
      if (deletedIds.includes(versionId(target))) return 'done';
      return refused.length > 0 && refused[0].problem.code === 'FORBIDDEN' ? 'forbidden' : 'absent';
    },
  },
  'Mutation.approveModelVersion': decision('approveModelVersion', 'PENDING'),
  'Mutation.rejectModelVersion': decision('rejectModelVersion', 'PENDING'),
  'Mutation.resetModelVersionApproval': {
    ...decision('resetModelVersionApproval', 'APPROVED'),
    after: 'Mutation.approveModelVersion',
  },
  'Mutation.setModelAlias': mutation('setModelAlias', 'SetModelAliasInput', 'CONTRIBUTE', (target) => ({
    modelVersionId: versionId(target),
    alias: 'champion',
  })),
  'Mutation.deleteModelAlias': {
    ...mutation('deleteModelAlias', 'DeleteModelAliasInput', 'CONTRIBUTE', (target) => ({
      modelId: modelId(target),
      alias: 'champion',
    })),
    after: 'Mutation.setModelAlias',
  },
  'Mutation.setModelVersionStage': mutation(
    'setModelVersionStage',
    'SetModelVersionStageInput',
    'CONTRIBUTE',
    (target) => ({ modelVersionId: versionId(target), stage: 'Staging' }),
  ),
};
