import { ConflictError, NotFoundError } from '../../src/domain/errors.js';
import type { ModelVersionRecord, Tag } from '../../src/domain/model.js';
import { type ModelRef, quote, type VersionRef } from '../../src/domain/refs.js';
import type { CallOptions, NewModel, NewVersion } from '../../src/domain/registry.js';
import { refuseAborted } from '../shared/aborted.js';
import { refuseOtherIncarnation, refuseUnexpectedHolder, refuseUnexpectedStage } from '../shared/expectations.js';
import { type TagChange, tagChange, tagsWithOwner } from '../shared/owner.js';
import {
  type Declared,
  refuseAlias,
  refuseModel,
  refuseModelUpdate,
  refuseStage,
  refuseStatusWrite,
  refuseVersion,
  refuseVersionUpdate,
} from '../shared/refusals.js';
import { GATED_CALLS, type GatedCall, type GatedCalls, unsupported, unsupportedCalls } from '../shared/unsupported.js';
import { toModelRecord, toStoredModel, toStoredVersion, toVersionRecord, versionNumber } from './map.js';
import type { MemoryStore, StoredModel, StoredVersion } from './store.js';

export interface WritesConfig {
  readonly declared: Declared;
  readonly ownerTag: string;
  readonly store: MemoryStore;
}

/** The calls that capabilities gate, each refusing as long as none of its capabilities is on. */
export function createWrites({ declared, ownerTag, store }: WritesConfig): GatedCalls {
  const { id, capabilities } = declared;
  const refused = unsupportedCalls(id);

  const contextOf = (operation: GatedCall) => ({ registryId: id, operation });
  const modelRecord = (model: StoredModel) => toModelRecord(id, ownerTag, model);

  const modelOf = (ref: ModelRef, operation: GatedCall): StoredModel => {
    const model = ref.ownerAccount === undefined ? store.model(ref.name) : undefined;
    return model ?? missing(`model named ${quote(ref.name)}`, operation);
  };

  const versionOf = (ref: VersionRef, operation: GatedCall): { model: StoredModel; version: StoredVersion } => {
    const number = versionNumber(ref.version);
    const model = modelOf(ref, operation);
    const version = number === null ? undefined : model.versions.get(number);
    if (version === undefined) return missing(`version ${quote(ref.version)} of ${quote(ref.name)}`, operation);
    return { model, version };
  };

  const missing = (what: string, operation: GatedCall): never => {
    throw new NotFoundError(`Registry ${id} has no ${what}. Read again what there is.`, contextOf(operation));
  };

  const start = (operation: GatedCall, options: CallOptions) => refuseAborted(options.signal, contextOf(operation));

  const change = (ref: VersionRef, operation: GatedCall, changed: Partial<StoredVersion>): ModelVersionRecord => {
    const { model, version } = versionOf(ref, operation);
    store.updateVersion(model.name, version.number, changed);
    const after = versionOf(ref, operation);
    return toVersionRecord(id, after.model, after.version);
  };

  const calls: Omit<GatedCalls, 'refuseDecision'> = {
    async createModel(input: NewModel, options) {
      start('createModel', options);
      refuseModel(declared, input);
      const tags = tagsWithOwner(input, ownerTag, id);
      const request = input.requestId === undefined ? null : `createModel ${input.requestId}`;
      const earlier = request === null ? undefined : store.model(store.requests.get(request) ?? '');
      if (earlier !== undefined) return modelRecord(earlier);
      const created = store.createModel(toStoredModel(input, tags, options.caller));
      if (created === undefined) {
        throw new ConflictError(
          `Registry ${id} has a model named ${quote(input.name)} already. Choose another name.`,
          contextOf('createModel'),
        );
      }
      if (request !== null) store.requests.set(request, created.name);
      return modelRecord(created);
    },

    async registerVersion(input: NewVersion, options) {
      start('registerVersion', options);
      refuseVersion(declared, input);
      const { name } = modelOf(input.model, 'registerVersion');
      const ref = (version: StoredVersion) => ({ ...input.model, version: String(version.number) });
      const read = (version: StoredVersion) => {
        const found = versionOf(ref(version), 'registerVersion');
        return toVersionRecord(id, found.model, found.version);
      };
      const request = input.requestId === undefined ? null : `registerVersion ${name} ${input.requestId}`;
      // By incarnation, since a model of the same name that was made anew has a version of the same number.
      const made = request === null ? undefined : store.requests.get(request);
      const earlier = [...(store.model(name)?.versions.values() ?? [])].find(({ incarnation }) => incarnation === made);
      if (earlier !== undefined) return read(earlier);
      const created = store.createVersion(name, toStoredVersion(input, options.caller));
      if (created === undefined) return missing(`model named ${quote(name)}`, 'registerVersion');
      if (request !== null) store.requests.set(request, created.incarnation);
      return read(created);
    },

    async updateModel(input, options) {
      start('updateModel', options);
      refuseModelUpdate(declared, input);
      const tags = tagChange(input, ownerTag, id);
      const model = modelOf(input.model, 'updateModel');
      const { description } = input;
      const changed = {
        ...(description === undefined ? {} : { description }),
        ...(isNothing(tags) ? {} : { tags: apply(tags, model.tags) }),
      };
      return modelRecord(isEmpty(changed) ? model : (store.updateModel(model.name, changed) ?? model));
    },

    async deleteModel(ref, options) {
      start('deleteModel', options);
      const { name, versions } = modelOf(ref, 'deleteModel');
      if (versions.size > 0) {
        throw new ConflictError(
          `In registry ${id} the model ${quote(name)} has versions. Delete them first.`,
          contextOf('deleteModel'),
        );
      }
      store.deleteModel(name);
    },

    async updateVersion(input, options) {
      start('updateVersion', options);
      refuseVersionUpdate(declared, input);
      const { model, version } = versionOf(input.version, 'updateVersion');
      const { description, modelCard } = input;
      const tags = { set: input.setTags ?? [], remove: input.removeTags ?? [] };
      const metadata = { set: input.setMetadata ?? [], remove: input.removeMetadata ?? [] };
      const card =
        modelCard === null ? null : { status: version.evidence.modelCard?.status ?? null, content: modelCard };
      const changed = {
        ...(description === undefined ? {} : { description }),
        ...(isNothing(tags) ? {} : { tags: apply(tags, version.tags) }),
        ...(isNothing(metadata) ? {} : { metadata: apply(metadata, version.metadata) }),
        ...(modelCard === undefined ? {} : { evidence: { ...version.evidence, modelCard: card } }),
      };
      return isEmpty(changed) ? toVersionRecord(id, model, version) : change(input.version, 'updateVersion', changed);
    },

    async deleteVersion(ref, options) {
      start('deleteVersion', options);
      const { model, version } = versionOf(ref, 'deleteVersion');
      store.deleteVersion(model.name, version.number);
    },

    async decide(write, options) {
      start('decide', options);
      refuseStatusWrite(declared, write);
      const { version, mark } = write;
      refuseOtherIncarnation(versionOf(version, 'decide').version.incarnation, write, contextOf('decide'));
      return change(version, 'decide', {
        approvalStatus: mark.status,
        approvalStatusExplicit: true,
        approvalStatusSince: mark.at,
        approvalComment: mark.comment,
        decision: mark,
      });
    },

    async setAlias({ version: ref, alias, expected }, options) {
      start('setAlias', options);
      refuseAlias(declared, 'setAlias', alias);
      const { model, version } = versionOf(ref, 'setAlias');
      const previousVersion = holderOf(alias, model);
      refuseUnexpectedHolder(alias, previousVersion, expected, contextOf('setAlias'));
      const moved = store.setAlias(model.name, alias, version.number) ?? model;
      return { model: modelRecord(moved), previousVersion };
    },

    async deleteAlias({ model: ref, alias, expected }, options) {
      start('deleteAlias', options);
      refuseAlias(declared, 'deleteAlias', alias);
      const model = modelOf(ref, 'deleteAlias');
      const held = holderOf(alias, model) ?? missing(`alias ${quote(alias)} on ${quote(ref.name)}`, 'deleteAlias');
      refuseUnexpectedHolder(alias, held, expected, contextOf('deleteAlias'));
      return modelRecord(store.deleteAlias(model.name, alias) ?? model);
    },

    async setStage(input, options) {
      start('setStage', options);
      refuseStage(declared, input);
      const context = contextOf('setStage');
      // Any number of versions may be in a stage here, and there is none that means "archived".
      if (input.archiveOthers === true) throw unsupported('STAGES', { ...context, field: 'archiveOthers' });
      const { version } = versionOf(input.version, 'setStage');
      refuseUnexpectedStage(version.stage?.name ?? null, input, context);
      const { stage: name, status = null, description = null } = input;
      return change(input.version, 'setStage', { stage: name === null ? null : { name, status, description } });
    },
  };

  const on = (operation: GatedCall) => GATED_CALLS[operation].some((capability) => capabilities[capability]);
  const available = Object.fromEntries(Object.entries(calls).filter(([operation]) => on(operation as GatedCall)));
  return { ...refused, ...available, refuseDecision: (_, write) => refuseStatusWrite(declared, write) };
}

function holderOf(alias: string, model: StoredModel): string | null {
  const number = model.aliases.get(alias);
  return number === undefined ? null : String(number);
}

function apply({ set, remove }: TagChange, to: readonly Tag[]): readonly Tag[] {
  const tags = new Map(to.map(({ key, value }) => [key, value]));
  for (const key of remove) tags.delete(key);
  for (const { key, value } of set) tags.set(key, value);
  return [...tags].map(([key, value]) => ({ key, value }));
}

function isNothing({ set, remove }: TagChange): boolean {
  return set.length === 0 && remove.length === 0;
}

function isEmpty(change: object): boolean {
  return Object.keys(change).length === 0;
}
