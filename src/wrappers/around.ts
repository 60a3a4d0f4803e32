import type { CallOptions, RegistryAdapter } from '../domain/registry.js';

export type AdapterOperation =
  | 'listModels'
  | 'listVersions'
  | 'getModels'
  | 'getVersions'
  | 'getLatestVersions'
  | 'findVersion'
  | 'createModel'
  | 'registerVersion';

export type OperationClass = 'list' | 'lookup' | 'write';

const CLASSES = {
  listModels: 'list',
  listVersions: 'list',
  getModels: 'lookup',
  getVersions: 'lookup',
  getLatestVersions: 'lookup',
  findVersion: 'lookup',
  createModel: 'write',
  registerVersion: 'write',
} as const satisfies Record<AdapterOperation, OperationClass>;

export function operationClass(operation: AdapterOperation): OperationClass {
  return CLASSES[operation];
}

/** What a wrapper does around a call; `run` makes the call, and may be given other options or be called again. */
export type Around = <T, O extends CallOptions>(
  operation: AdapterOperation,
  options: O,
  run: (options: O) => Promise<T>,
) => Promise<T>;

/** The same registry with something done around each call. `check` passes: it reports what it finds, whatever the wrappers think. */
export function wrapCalls(inner: RegistryAdapter, around: Around): RegistryAdapter {
  return {
    id: inner.id,
    kind: inner.kind,
    location: inner.location,
    capabilities: inner.capabilities,
    query: inner.query,
    limits: inner.limits,
    listModels: (query, options) => around('listModels', options, (o) => inner.listModels(query, o)),
    listVersions: (query, options) => around('listVersions', options, (o) => inner.listVersions(query, o)),
    getModels: (refs, options) => around('getModels', options, (o) => inner.getModels(refs, o)),
    getVersions: (refs, options) => around('getVersions', options, (o) => inner.getVersions(refs, o)),
    getLatestVersions: (models, options) =>
      around('getLatestVersions', options, (o) => inner.getLatestVersions(models, o)),
    findVersion: (nativeId, options) => around('findVersion', options, (o) => inner.findVersion(nativeId, o)),
    createModel: (input, options) => around('createModel', options, (o) => inner.createModel(input, o)),
    registerVersion: (input, options) => around('registerVersion', options, (o) => inner.registerVersion(input, o)),
    check: (options) => inner.check(options),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}
