import { RegistryError } from '../../src/domain/errors.js';
import type { Tag } from '../../src/domain/model.js';
import type { VersionRef } from '../../src/domain/refs.js';
import { type MlflowCall, MlflowFault } from './errors.js';
import { type MlflowTransport, write } from './transport.js';
import { doneAnswer, modelAnswer, versionAnswer, type WireModel, type WireVersion } from './wire.js';

export interface NewWireModel {
  readonly name: string;
  readonly tags: readonly Tag[];
  readonly description?: string;
}

export interface NewWireVersion extends NewWireModel {
  readonly source: string;
  readonly run_id?: string;
  readonly model_id?: string;
}

/** Names one version; whatever else the object has is not sent. */
export type VersionKey = Pick<VersionRef, 'name' | 'version'>;

/** The calls that change something. MLflow has a precondition for none of them. */
export interface MlflowWrites {
  createModel(model: NewWireModel, call: MlflowCall): Promise<WireModel>;
  createVersion(version: NewWireVersion, call: MlflowCall): Promise<WireVersion>;
  /** Null clears it. */
  describeModel(name: string, description: string | null, call: MlflowCall): Promise<void>;
  describeVersion(version: VersionKey, description: string | null, call: MlflowCall): Promise<void>;
  setModelTag(name: string, tag: Tag, call: MlflowCall): Promise<void>;
  deleteModelTag(name: string, key: string, call: MlflowCall): Promise<void>;
  setVersionTag(version: VersionKey, tag: Tag, call: MlflowCall): Promise<void>;
  deleteVersionTag(version: VersionKey, key: string, call: MlflowCall): Promise<void>;
  /** With all its versions. */
  deleteModel(name: string, call: MlflowCall): Promise<void>;
  /** With the aliases that point to it. */
  deleteVersion(version: VersionKey, call: MlflowCall): Promise<void>;
  setAlias(version: VersionKey, alias: string, call: MlflowCall): Promise<void>;
  deleteAlias(name: string, alias: string, call: MlflowCall): Promise<void>;
  moveToStage(version: VersionKey, stage: string, archivesOthers: boolean, call: MlflowCall): Promise<void>;
}

const UPSERT_ATTEMPTS = 3;

export function writeCalls({ ask }: MlflowTransport): MlflowWrites {
  const done = async (method: 'POST' | 'PATCH' | 'DELETE', path: string, body: unknown, call: MlflowCall) =>
    void (await ask(doneAnswer, write(method, path, body), call));

  /**
   * Sets what is there in any case afterwards. MLflow looks for the row before it writes it, so that of two who set the same for the first time one
   * meets a database that has it already, which it answers with the code of every fault of its database (mlflow/store/db/utils.py); said again,
   * it goes through.
   */
  const upsert = async (path: string, body: unknown, call: MlflowCall): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await done('POST', path, body, call);
      } catch (error) {
        if (attempt === UPSERT_ATTEMPTS || !isDatabaseFault(error)) throw error;
      }
    }
  };

  return {
    async createModel(model, call) {
      return (await ask(modelAnswer, write('POST', '/registered-models/create', model), call)).registered_model;
    },
    async createVersion(version, call) {
      return (await ask(versionAnswer, write('POST', '/model-versions/create', version), call)).model_version;
    },
    describeModel: (name, description, call) =>
      done('PATCH', '/registered-models/update', { name, ...textOrNothing(description) }, call),
    describeVersion: ({ name, version }, description, call) =>
      done('PATCH', '/model-versions/update', { name, version, ...textOrNothing(description) }, call),
    setModelTag: (name, { key, value }, call) => upsert('/registered-models/set-tag', { name, key, value }, call),
    deleteModelTag: (name, key, call) => done('DELETE', '/registered-models/delete-tag', { name, key }, call),
    setVersionTag: ({ name, version }, { key, value }, call) =>
      upsert('/model-versions/set-tag', { name, version, key, value }, call),
    deleteVersionTag: ({ name, version }, key, call) =>
      done('DELETE', '/model-versions/delete-tag', { name, version, key }, call),
    deleteModel: (name, call) => done('DELETE', '/registered-models/delete', { name }, call),
    deleteVersion: ({ name, version }, call) => done('DELETE', '/model-versions/delete', { name, version }, call),
    setAlias: ({ name, version }, alias, call) => upsert('/registered-models/alias', { name, version, alias }, call),
    deleteAlias: (name, alias, call) => done('DELETE', '/registered-models/alias', { name, alias }, call),
    moveToStage: ({ name, version }, stage, archivesOthers, call) => {
      const body = { name, version, stage, archive_existing_versions: archivesOthers };
      return done('POST', '/model-versions/transition-stage', body, call);
    },
  };
}

function isDatabaseFault(error: unknown): boolean {
  return (
    error instanceof RegistryError && error.cause instanceof MlflowFault && error.cause.errorCode === 'BAD_REQUEST'
  );
}

function textOrNothing(description: string | null): { readonly description?: string } {
  return description === null ? {} : { description };
}
