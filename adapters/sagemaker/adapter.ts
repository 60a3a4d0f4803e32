import type { AdapterEnvironment, CallOptions, RegistryAdapter } from '../../src/domain/registry.js';
import { unsupportedCalls } from '../shared/unsupported.js';
import { checkRegistry } from './check.js';
import { type Call, createSageMaker, type SageMakerClients } from './client.js';
import { decide, refuseDecision } from './decide.js';
import { capabilitiesOf, LIMITS, pollingOf, querySupport } from './declarations.js';
import { toRegistryError } from './errors.js';
import { readEvidence } from './evidence.js';
import { latestVersions } from './latest.js';
import { createModel, deleteModel, updateModel } from './model-writes.js';
import { createModels } from './models.js';
import type { SageMakerOptions } from './options.js';
import { registerVersion } from './register.js';
import { createRegistry } from './registry.js';
import { createReportStore } from './report-store.js';
import { createServing } from './serving.js';
import { setStage } from './stage.js';
import { createVersions } from './version-lookup.js';
import { deleteVersion, updateVersion } from './version-writes.js';
import { listVersions } from './versions.js';
import { walkModels, walkVersions } from './walks.js';

export function createSageMakerAdapter(
  id: string,
  options: SageMakerOptions,
  environment: AdapterEnvironment,
  clients: SageMakerClients = {},
): RegistryAdapter {
  const sagemaker = createSageMaker(options, clients);
  const registry = createRegistry(id, options, sagemaker, environment.siblings);
  const models = createModels(registry);
  const versions = createVersions(registry);
  const reports = createReportStore(options);
  const serving = createServing(registry);

  const perform = async <T>(
    operation: string,
    callOptions: CallOptions,
    task: (call: Call) => Promise<T>,
  ): Promise<T> => {
    const call = { registryId: id, operation, options: callOptions };
    try {
      return await task(call);
    } catch (error) {
      throw toRegistryError(error, call);
    }
  };

  return {
    ...unsupportedCalls(id),
    id,
    kind: 'SAGEMAKER',
    get location() {
      return { account: sagemaker.knownAccount ?? null, region: options.region, location: options.endpoint ?? null };
    },
    capabilities: capabilitiesOf(options),
    query: querySupport(!options.sharedGroups),
    polling: pollingOf(options),
    limits: LIMITS,
    listModels: (query, callOptions) => perform('listModels', callOptions, (call) => models.list(query, call)),
    listVersions: (query, callOptions) =>
      perform('listVersions', callOptions, (call) => listVersions(registry, query, call)),
    walkModels: (query, callOptions) => perform('walkModels', callOptions, (call) => walkModels(registry, query, call)),
    walkVersions: (query, callOptions) =>
      perform('walkVersions', callOptions, (call) => walkVersions(registry, query, call)),
    getModels: (refs, callOptions) => perform('getModels', callOptions, (call) => models.get(refs, call)),
    getVersions: (refs, callOptions) => perform('getVersions', callOptions, (call) => versions.get(refs, call)),
    getLatestVersions: (refs, callOptions) =>
      perform('getLatestVersions', callOptions, (call) =>
        latestVersions(registry, refs, callOptions.approvalStatus, call),
      ),
    findVersion: (nativeId, callOptions) =>
      perform('findVersion', callOptions, (call) => versions.find(nativeId, call)),
    getEvidence: (refs, callOptions) =>
      perform('getEvidence', callOptions, (call) => readEvidence(versions, reports, refs, callOptions.parts, call)),
    getServing: (refs, callOptions) => perform('getServing', callOptions, (call) => serving(refs, call)),
    createModel: (input, callOptions) =>
      perform('createModel', callOptions, (call) => createModel(registry, models, input, call)),
    updateModel: (input, callOptions) =>
      perform('updateModel', callOptions, (call) => updateModel(registry, models, input, call)),
    deleteModel: (model, callOptions) =>
      perform('deleteModel', callOptions, (call) => deleteModel(registry, models, model, call)),
    registerVersion: (input, callOptions) =>
      perform('registerVersion', callOptions, (call) => registerVersion(registry, models, versions, input, call)),
    updateVersion: (input, callOptions) =>
      perform('updateVersion', callOptions, (call) => updateVersion(registry, versions, input, call)),
    deleteVersion: (version, callOptions) =>
      perform('deleteVersion', callOptions, (call) => deleteVersion(registry, versions, version, call)),
    refuseDecision: (current, decision) => refuseDecision(current, decision, { registryId: id, operation: 'decide' }),
    decide: (decision, callOptions) =>
      perform('decide', callOptions, (call) => decide(registry, versions, decision, call)),
    setStage: (input, callOptions) =>
      perform('setStage', callOptions, (call) => setStage(registry, versions, input, call)),
    check: (callOptions) =>
      checkRegistry(registry, reports, { registryId: id, operation: 'check', options: callOptions }),
    async [Symbol.asyncDispose]() {
      await Promise.all([sagemaker[Symbol.asyncDispose](), reports[Symbol.asyncDispose]()]);
    },
  };
}
