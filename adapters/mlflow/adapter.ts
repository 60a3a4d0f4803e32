import type { CallOptions, RegistryAdapter } from '../../src/domain/registry.js';
import { refuseAborted } from '../shared/aborted.js';
import { nothingServes } from '../shared/serving.js';
import { deleteAlias, setAlias } from './aliases.js';
import { check } from './check.js';
import { createMlflowClient } from './client.js';
import { createModel } from './create-model.js';
import { decide, refuseDecision } from './decide.js';
import { CAPABILITIES, LIMITS, QUERY_SUPPORT } from './declarations.js';
import { deleteModel, deleteVersion } from './delete.js';
import type { MlflowCall } from './errors.js';
import { getEvidence } from './evidence.js';
import { getLatestVersions } from './latest.js';
import { listModels, listVersions } from './list.js';
import { findVersion, getModels, getVersions } from './lookup.js';
import type { MlflowOptions } from './options.js';
import { registerVersion } from './register-version.js';
import { callOf, createSession } from './session.js';
import { setStage } from './stages.js';
import { updateModel, updateVersion } from './update.js';
import { walkModels, walkVersions } from './walk.js';

/** One MLflow tracking server, or one workspace of it, through its REST API. */
export function createMlflowAdapter(id: string, options: MlflowOptions): RegistryAdapter {
  const client = createMlflowClient(options);
  const session = createSession(id, options, client);

  const start = (operation: string, callOptions: CallOptions): MlflowCall => {
    const call = callOf(session, operation, callOptions);
    refuseAborted(call.signal, { registryId: id, operation });
    return call;
  };

  return {
    id,
    kind: 'MLFLOW',
    location: { account: null, region: null, location: options.url },
    capabilities: { ...CAPABILITIES, PUSH_EVENTS: options.webhook !== undefined },
    query: QUERY_SUPPORT,
    // Setting a tag or an alias does not count as a modification of the version or the model.
    polling: {
      versionsByModification: false,
      modelsByModification: false,
      everyMs: options.pollSeconds * 1000,
      indexLagMs: 0,
    },
    limits: LIMITS,
    listModels: async (query, call) => listModels(session, query, start('listModels', call)),
    listVersions: async (query, call) => listVersions(session, query, start('listVersions', call)),
    walkModels: async (query, call) => walkModels(session, query, start('walkModels', call)),
    walkVersions: async (query, call) => walkVersions(session, query, start('walkVersions', call)),
    getModels: async (refs, call) => getModels(session, refs, start('getModels', call)),
    getVersions: async (refs, call) => getVersions(session, refs, start('getVersions', call)),
    getLatestVersions: async (refs, call) =>
      getLatestVersions(session, refs, call.approvalStatus, start('getLatestVersions', call)),
    findVersion: async (nativeId, call) => findVersion(session, nativeId, start('findVersion', call)),
    getEvidence: async (refs, call) => getEvidence(session, refs, call.parts, start('getEvidence', call)),
    getServing: nothingServes(id),
    createModel: async (input, call) => createModel(session, input, call.caller, start('createModel', call)),
    registerVersion: async (input, call) =>
      registerVersion(session, input, call.caller, start('registerVersion', call)),
    updateModel: async (input, call) => updateModel(session, input, start('updateModel', call)),
    deleteModel: async (ref, call) => deleteModel(session, ref, start('deleteModel', call)),
    updateVersion: async (input, call) => updateVersion(session, input, start('updateVersion', call)),
    deleteVersion: async (ref, call) => deleteVersion(session, ref, start('deleteVersion', call)),
    refuseDecision: (_, input) => refuseDecision(session, input),
    decide: async (input, call) => decide(session, input, start('decide', call)),
    setAlias: async (input, call) => setAlias(session, input, start('setAlias', call)),
    deleteAlias: async (input, call) => deleteAlias(session, input, start('deleteAlias', call)),
    setStage: async (input, call) => setStage(session, input, start('setStage', call)),
    check: (call) => check(session, callOf(session, 'check', call)),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}
