import type { Catalog } from '../catalog/catalog.js';
import type { Caller } from '../domain/access.js';
import { type CleanedUp, type CleanUp, deleteModelVersions } from './clean-up.js';
import { type Decided, type DecisionRequest, decideModelVersion } from './decisions.js';
import { deleteModelVersion, type VersionDeletion } from './delete-version.js';
import {
  createModel,
  deleteModel,
  type ModelDeleted,
  type ModelDeletion,
  type ModelWritten,
  updateModel,
} from './models.js';
import { type AliasMoved, deleteModelAlias, setModelAlias, setModelVersionStage } from './pointers.js';
import type { MutationScope, MutationServices } from './scope.js';
import { registerModelVersion, updateModelVersion, type VersionRegistered, type VersionWritten } from './versions.js';

type Args<F> = F extends (scope: MutationScope, ...args: infer A) => unknown ? A : never;

/** All that one operation may change, for the caller it was opened for. */
export interface Mutations {
  createModel(...args: Args<typeof createModel>): Promise<ModelWritten>;
  updateModel(...args: Args<typeof updateModel>): Promise<ModelWritten>;
  deleteModel(input: ModelDeletion): Promise<ModelDeleted>;
  registerModelVersion(...args: Args<typeof registerModelVersion>): Promise<VersionRegistered>;
  updateModelVersion(...args: Args<typeof updateModelVersion>): Promise<VersionWritten>;
  deleteModelVersion(input: VersionDeletion): Promise<{ readonly replayed: boolean }>;
  deleteModelVersions(input: CleanUp): Promise<CleanedUp>;
  /** @param mutation The name that its idempotency key counts under. */
  decide(mutation: string, input: DecisionRequest): Promise<Decided>;
  setModelAlias(...args: Args<typeof setModelAlias>): Promise<AliasMoved>;
  deleteModelAlias(...args: Args<typeof deleteModelAlias>): Promise<ModelWritten>;
  setModelVersionStage(...args: Args<typeof setModelVersionStage>): Promise<VersionWritten>;
}

export type OpenMutations = (caller: Caller, catalog: Catalog) => Mutations;

export function createMutations(services: MutationServices): OpenMutations {
  return (caller, catalog) => {
    // What is decided by what is read must be so now, not as it was a minute ago.
    const scope: MutationScope = { ...services, caller, catalog: catalog.live };
    return {
      createModel: (...args) => createModel(scope, ...args),
      updateModel: (...args) => updateModel(scope, ...args),
      deleteModel: (input) => deleteModel(scope, input),
      registerModelVersion: (...args) => registerModelVersion(scope, ...args),
      updateModelVersion: (...args) => updateModelVersion(scope, ...args),
      deleteModelVersion: (input) => deleteModelVersion(scope, input),
      deleteModelVersions: (input) => deleteModelVersions(scope, input),
      decide: (mutation, input) => decideModelVersion(scope, mutation, input),
      setModelAlias: (...args) => setModelAlias(scope, ...args),
      deleteModelAlias: (...args) => deleteModelAlias(scope, ...args),
      setModelVersionStage: (...args) => setModelVersionStage(scope, ...args),
    };
  };
}
