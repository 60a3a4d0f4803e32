import { RegistryError } from '../../src/domain/errors.js';
import type { CallOptions, RegistryAdapter } from '../../src/domain/registry.js';
import { accountOfRole } from '../shared/aws-client.js';
import { nothingServes } from '../shared/serving.js';
import { deleteAlias, setAlias } from './aliases.js';
import { check } from './check.js';
import { createModel } from './create-model.js';
import { decide, refuseDecision } from './decide.js';
import { CAPABILITIES, LIMITS, QUERY_SUPPORT } from './declarations.js';
import { deleteModel } from './delete-model.js';
import { deleteVersion } from './delete-version.js';
import { getLatestVersions } from './latest-versions.js';
import { listModels } from './list-models.js';
import { listVersions } from './list-versions.js';
import { findVersion, getEvidence, getModels, getVersions } from './lookup.js';
import type { DynamoDbOptions } from './options.js';
import { registerVersion } from './register-version.js';
import { createSession } from './session.js';
import { setStage } from './set-stage.js';
import { createStreamClient } from './stream-client.js';
import type { TableClient } from './table.js';
import { updateModel } from './update-model.js';
import { updateVersion } from './update-version.js';
import { walkModels, walkVersions } from './walk.js';

/** Global indexes follow the table within a fraction of a second; this leaves room for a busy moment. */
const INDEX_LAG_MS = 5000;

/** A registry in a DynamoDB table of the layout that docs/dynamodb-table.md describes. `client` is for tests and shared pools; it is not closed here. */
export function createDynamoDbRegistry(id: string, options: DynamoDbOptions, client?: TableClient): RegistryAdapter {
  const session = createSession(id, options, client);
  const registry = { session, region: options.region, ownerTag: options.ownerTag };
  const call = (operation: keyof RegistryAdapter & string, callOptions: CallOptions) => ({
    operation,
    options: callOptions,
  });

  return {
    id,
    kind: 'DYNAMODB',
    location: {
      account: accountOfRole(options.roleArn) ?? null,
      region: options.region,
      location: options.table,
    },
    capabilities: CAPABILITIES,
    query: QUERY_SUPPORT,
    polling: {
      versionsByModification: options.modifiedIndex,
      modelsByModification: options.modifiedIndex,
      everyMs: options.pollSeconds * 1000,
      indexLagMs: INDEX_LAG_MS,
    },
    limits: LIMITS,
    listModels: (query, how) => listModels(registry, query, call('listModels', how)),
    listVersions: (query, how) => listVersions(registry, query, call('listVersions', how)),
    walkModels: (query, how) => walkModels(registry, query, call('walkModels', how)),
    walkVersions: (query, how) => walkVersions(registry, query, call('walkVersions', how)),
    getModels: (refs, how) => getModels(registry, refs, call('getModels', how)),
    getVersions: (refs, how) => getVersions(registry, refs, call('getVersions', how)),
    getLatestVersions: (models, how) =>
      getLatestVersions(registry, models, how.approvalStatus, call('getLatestVersions', how)),
    findVersion: async (nativeId, how) => {
      const found = await findVersion(registry, nativeId, call('findVersion', how));
      if (found instanceof RegistryError) throw found;
      return found;
    },
    getEvidence: (refs, how) => getEvidence(registry, refs, how.parts, call('getEvidence', how)),
    getServing: nothingServes(id),
    createModel: (input, how) => createModel(registry, input, call('createModel', how)),
    registerVersion: (input, how) => registerVersion(registry, input, call('registerVersion', how)),
    updateModel: (input, how) => updateModel(registry, input, call('updateModel', how)),
    deleteModel: (model, how) => deleteModel(registry, model, call('deleteModel', how)),
    updateVersion: (input, how) => updateVersion(registry, input, call('updateVersion', how)),
    deleteVersion: (version, how) => deleteVersion(registry, version, call('deleteVersion', how)),
    refuseDecision: (_, write) => refuseDecision(session, write),
    decide: (write, how) => decide(registry, write, call('decide', how)),
    setAlias: (input, how) => setAlias(registry, input, call('setAlias', how)),
    deleteAlias: (input, how) => deleteAlias(registry, input, call('deleteAlias', how)),
    setStage: (input, how) => setStage(registry, input, call('setStage', how)),
    check: async (how) => {
      // A client of its own: whoever reads the stream has another.
      using stream = options.stream ? createStreamClient(id, options) : null;
      return await check(registry, how, stream);
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
