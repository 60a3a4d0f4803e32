import { RegistryError } from '../domain/errors.js';
import type { CallOptions, ListModelsQuery, ListVersionsQuery, Lookup, RegistryAdapter } from '../domain/registry.js';

export type AdapterOperation =
  | 'listModels'
  | 'listVersions'
  | 'walkModels'
  | 'walkVersions'
  | 'getModels'
  | 'getVersions'
  | 'getLatestVersions'
  | 'findVersion'
  | 'getEvidence'
  | 'getServing'
  | 'createModel'
  | 'registerVersion'
  | 'updateModel'
  | 'deleteModel'
  | 'updateVersion'
  | 'deleteVersion'
  | 'decide'
  | 'setAlias'
  | 'deleteAlias'
  | 'setStage';

export type OperationClass = 'list' | 'walk' | 'lookup' | 'write';

const CLASSES = {
  listModels: 'list',
  listVersions: 'list',
  walkModels: 'walk',
  walkVersions: 'walk',
  getModels: 'lookup',
  getVersions: 'lookup',
  getLatestVersions: 'lookup',
  findVersion: 'lookup',
  getEvidence: 'lookup',
  getServing: 'lookup',
  createModel: 'write',
  registerVersion: 'write',
  updateModel: 'write',
  deleteModel: 'write',
  updateVersion: 'write',
  deleteVersion: 'write',
  decide: 'write',
  setAlias: 'write',
  deleteAlias: 'write',
  setStage: 'write',
} as const satisfies Record<AdapterOperation, OperationClass>;

export function operationClass(operation: AdapterOperation): OperationClass {
  return CLASSES[operation];
}

/**
 * What a wrapper does around a call; `run` makes the call, and may be given other options or be called again.
 * `isEvidence` says whether a result shows that the upstream answered: an adapter gives null, or an empty page, without asking where the question
 * already says that there is nothing.
 */
export type Around = <T, O extends CallOptions>(
  operation: AdapterOperation,
  options: O,
  run: (options: O) => Promise<T>,
  isEvidence: (result: T) => boolean,
) => Promise<T>;

/** The same registry with something done around each call. `check` passes: it reports what it finds, whatever the wrappers think. */
export function wrapCalls(inner: RegistryAdapter, around: Around): RegistryAdapter {
  const lookup = <R, O extends CallOptions>(
    operation: AdapterOperation,
    options: O,
    run: (options: O) => Promise<readonly Lookup<R>[]>,
  ) => around(operation, options, async (o) => thrownIfAllFailed(await run(o)), hasRecord);

  const write =
    <I, T>(operation: AdapterOperation, run: (input: I, options: CallOptions) => Promise<T>) =>
    (input: I, options: CallOptions) =>
      around(operation, options, (o) => run(input, o), isAlwaysEvidence);

  return {
    id: inner.id,
    kind: inner.kind,
    // An adapter may learn its account from its first call.
    get location() {
      return inner.location;
    },
    capabilities: inner.capabilities,
    query: inner.query,
    polling: inner.polling,
    limits: inner.limits,
    listModels: (query, options) =>
      around(
        'listModels',
        options,
        (o) => inner.listModels(query, o),
        ({ items }) => items.length > 0 || asksForAll(query),
      ),
    listVersions: (query, options) =>
      around(
        'listVersions',
        options,
        (o) => inner.listVersions(query, o),
        ({ items }) => items.length > 0 || asksForAll(query),
      ),
    walkModels: (query, options) => around('walkModels', options, (o) => inner.walkModels(query, o), isAlwaysEvidence),
    walkVersions: (query, options) =>
      around('walkVersions', options, (o) => inner.walkVersions(query, o), isAlwaysEvidence),
    getModels: (refs, options) => lookup('getModels', options, (o) => inner.getModels(refs, o)),
    getVersions: (refs, options) => lookup('getVersions', options, (o) => inner.getVersions(refs, o)),
    getLatestVersions: (models, options) =>
      lookup('getLatestVersions', options, (o) => inner.getLatestVersions(models, o)),
    findVersion: (nativeId, options) =>
      around(
        'findVersion',
        options,
        (o) => inner.findVersion(nativeId, o),
        (found) => found !== null,
      ),
    getEvidence: (refs, options) => lookup('getEvidence', options, (o) => inner.getEvidence(refs, o)),
    getServing: (refs, options) =>
      around(
        'getServing',
        options,
        async (o) => thrownIfAllFailed(await inner.getServing(refs, o)),
        // That nothing serves a version is said without asking, too.
        (answers) => answers.some((names) => Array.isArray(names) && names.length > 0),
      ),
    createModel: write('createModel', (input, o) => inner.createModel(input, o)),
    registerVersion: write('registerVersion', (input, o) => inner.registerVersion(input, o)),
    updateModel: write('updateModel', (input, o) => inner.updateModel(input, o)),
    deleteModel: write('deleteModel', (model, o) => inner.deleteModel(model, o)),
    updateVersion: write('updateVersion', (input, o) => inner.updateVersion(input, o)),
    deleteVersion: write('deleteVersion', (version, o) => inner.deleteVersion(version, o)),
    refuseDecision: (current, input) => inner.refuseDecision(current, input),
    decide: write('decide', (input, o) => inner.decide(input, o)),
    setAlias: write('setAlias', (input, o) => inner.setAlias(input, o)),
    deleteAlias: write('deleteAlias', (input, o) => inner.deleteAlias(input, o)),
    setStage: write('setStage', (input, o) => inner.setStage(input, o)),
    check: (options) => inner.check(options),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}

/** What fails for every ref alike is the registry's failure, wherever the adapter has put it. */
function thrownIfAllFailed<R>(answers: readonly Lookup<R>[]): readonly Lookup<R>[] {
  const [first] = answers;
  const failsAlike = (answer: Lookup<R>) =>
    answer instanceof RegistryError && first instanceof RegistryError && answer.code === first.code;
  if (first instanceof RegistryError && first.code !== 'COST_EXCEEDED' && answers.every(failsAlike)) throw first;
  return answers;
}

function hasRecord(answers: readonly Lookup<unknown>[]): boolean {
  return answers.some((answer) => answer !== null && !(answer instanceof RegistryError));
}

function asksForAll(query: ListModelsQuery | ListVersionsQuery): boolean {
  return !('model' in query && query.model !== undefined) && Object.keys(query.filter ?? {}).length === 0;
}

function isAlwaysEvidence(): boolean {
  return true;
}
