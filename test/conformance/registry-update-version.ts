import { expect, it } from 'vitest';
import { InvalidInputError, NotFoundError, RegistryError, UnsupportedError } from '../../src/domain/errors.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import type { NewVersion, VersionUpdate } from '../../src/domain/registry.js';
import type { RegistryHarness } from './harness.js';
import { newMark } from './registry-marks.js';
import { present } from './registry-population.js';
import { allInvalid, badTags, type Field, isOn, TAG, unstamped } from './registry-update-fields.js';
import { call } from './registry-walk.js';
import { expectUnsupported, gateOf, keysOf, openWritable, strong, versionNow } from './registry-writes.js';

/** As `MODEL_FIELDS`. */
const VERSION_FIELDS: { readonly [K in Exclude<keyof VersionUpdate, 'version'>]-?: Field<VersionUpdate[K]> } = {
  description: { capability: 'UPDATE_VERSION_DESCRIPTION', value: 'Changed' },
  setMetadata: { capability: 'UPDATE_METADATA', value: [TAG] },
  removeMetadata: { capability: 'UPDATE_METADATA', value: ['tier'] },
  setTags: { capability: 'TAG_VERSIONS', value: [TAG] },
  removeTags: { capability: 'TAG_VERSIONS', value: ['tier'] },
  modelCard: { capability: 'UPDATE_MODEL_CARD', value: { model_overview: { model_name: 'changed' } } },
};

export function describeUpdateVersion(harness: RegistryHarness): void {
  const writable = openWritable(harness);
  const { refused, refusedAll, register } = writable;
  const capabilities = () => writable.adapter().capabilities;
  const limits = () => writable.adapter().limits;

  const update = async ({ ref }: ModelVersionRecord, input: Omit<VersionUpdate, 'version'>) => {
    const updated = await writable.adapter().updateVersion({ version: ref, ...input }, call());
    expect(await versionNow(writable.adapter(), ref)).toEqual(updated);
    return updated;
  };
  const filled = (input: Partial<NewVersion> = {}) => {
    const entries = [TAG, { key: 'domain', value: 'card payments' }];
    return register({
      description: 'Kept',
      ...(capabilities().TAG_VERSIONS ? { tags: entries } : {}),
      ...(limits().metadataEntriesMax === 0 ? {} : { metadata: entries }),
      ...input,
    });
  };
  /** The fields that the registry can change. */
  const changes = () =>
    keysOf(VERSION_FIELDS)
      .filter((field) => capabilities()[VERSION_FIELDS[field].capability])
      .map((field) => ({ [field]: VERSION_FIELDS[field].value }));

  it.each(keysOf(VERSION_FIELDS))('takes %s only with its capability', async (field) => {
    const adapter = writable.adapter();
    const { capability, value } = VERSION_FIELDS[field];
    const version = await filled();
    if (adapter.capabilities[capability]) {
      await update(version, { [field]: value });
      return;
    }
    const error = await refused(() => adapter.updateVersion({ version: version.ref, [field]: value }, call()));
    expectUnsupported(error, gateOf(adapter, 'updateVersion', capability));
  });

  it('changes the description alone, and clears it', async () => {
    if (!capabilities().UPDATE_VERSION_DESCRIPTION) return;
    const version = await filled();
    const described = await update(version, { description: 'Größer, "besser"\n模型' });
    expect(unstamped(described)).toEqual({ ...unstamped(version), description: 'Größer, "besser"\n模型' });
    expect((await update(version, { description: null })).description).toBeNull();
    const { descriptionMax } = limits();
    expect((await update(version, { description: 'd'.repeat(descriptionMax) })).description).toHaveLength(
      descriptionMax,
    );
  });

  it.each([
    ['tags', 'TAG_VERSIONS', 'setTags', 'removeTags'],
    ['metadata', 'UPDATE_METADATA', 'setMetadata', 'removeMetadata'],
  ] as const)('sets and removes %s, and leaves the rest', async (kind, capability, setField, removeField) => {
    if (!capabilities()[capability]) return;
    const registered = await filled();
    // Since when a status holds, a registry may know from the mark alone, or until the first change.
    const version = capabilities().DECIDE
      ? await writable
          .adapter()
          .decide({ version: registered.ref, incarnation: registered.incarnation, mark: newMark() }, call())
      : registered;
    const set = [
      { key: 'tier', value: 'silver' },
      { key: 'author', value: 'ana@example.com' },
    ];
    const changed = await update(version, { [setField]: set, [removeField]: ['domain', 'never-there'] });
    expect(unstamped(changed)).toEqual({ ...unstamped(version), [kind]: set.toReversed() });
    const bare = await update(version, { [removeField]: ['tier', 'author'] });
    expect(unstamped(bare)).toEqual({ ...unstamped(version), [kind]: [] });
    expect((await update(version, { [setField]: [TAG] }))[kind]).toEqual([TAG]);
  });

  it('changes several things at once', async () => {
    const version = await filled();
    const input = Object.assign(
      {},
      ...changes().filter((field) => !('removeTags' in field || 'removeMetadata' in field)),
    );
    if (Object.keys(input).length === 0) return;
    const changed = await update(version, input);
    if ('description' in input) expect(changed.description).toBe('Changed');
    if ('setTags' in input) expect(changed.tags).toContainEqual(TAG);
    if ('setMetadata' in input) expect(changed.metadata).toContainEqual(TAG);
  });

  it('never touches status or decision', async () => {
    const adapter = writable.adapter();
    for (const input of changes()) {
      const { ref, incarnation } = await filled();
      if (capabilities().DECIDE) await adapter.decide({ version: ref, incarnation, mark: newMark() }, call());
      else await writable.opened().setApprovalStatus(ref, 'APPROVED');
      const before = await versionNow(adapter, ref);
      expect(before.approvalStatus).toBe('APPROVED');
      const after = await update(before, input);
      const { approvalStatus, approvalStatusExplicit, approvalComment, decision, stage } = before;
      expect(after, JSON.stringify(input)).toMatchObject({
        ...{ approvalStatus, approvalStatusExplicit, approvalComment, decision, stage, incarnation },
      });
    }
  });

  it('replaces the model card, and clears it or says that it cannot', async () => {
    const adapter = writable.adapter();
    if (!capabilities().UPDATE_MODEL_CARD) return;
    const version = await filled();
    const cardNow = async () => {
      const [evidence] = await adapter.getEvidence([version.ref], { ...strong, parts: ['MODEL_CARD'] });
      return present(evidence).modelCard?.content ?? null;
    };
    for (const name of ['first', 'zweites „Modell“ 模型']) {
      const modelCard = { model_overview: { model_name: name } };
      await update(version, { modelCard });
      if (capabilities().MODEL_CARDS) expect(await cardNow()).toEqual(modelCard);
    }
    try {
      await update(version, { modelCard: null });
      expect(await cardNow()).toBeNull();
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(await cardNow()).not.toBeNull();
    }
  });

  it('gives the version back when it is asked for nothing', async () => {
    if (!isOn(writable.adapter(), VERSION_FIELDS)) return;
    const version = await filled();
    expect(unstamped(await update(version, {}))).toEqual(unstamped(version));
    const nothing = { setTags: [], removeTags: [], setMetadata: [], removeMetadata: [] };
    expect(unstamped(await update(version, nothing))).toEqual(unstamped(version));
  });

  it('refuses what does not fit', async () => {
    const { TAG_VERSIONS, UPDATE_METADATA, UPDATE_VERSION_DESCRIPTION, UPDATE_MODEL_CARD } = capabilities();
    const { descriptionMax, metadataKeyMax, metadataValueMax } = limits();
    const { ref } = await filled();
    const inputs: readonly Omit<VersionUpdate, 'version'>[] = [
      ...(UPDATE_VERSION_DESCRIPTION
        ? [{ description: 'x'.repeat(descriptionMax + 1) }, { description: 'lone \ud800' }]
        : []),
      ...(TAG_VERSIONS ? badTags('setTags', 'removeTags') : []),
      ...(UPDATE_METADATA
        ? [
            ...badTags('setMetadata', 'removeMetadata'),
            { setMetadata: [{ key: 'k'.repeat(metadataKeyMax + 1), value: 'v' }] },
            { setMetadata: [{ key: 'k', value: 'v'.repeat(metadataValueMax + 1) }] },
            { removeMetadata: ['k'.repeat(metadataKeyMax + 1)] },
          ]
        : []),
      ...(UPDATE_MODEL_CARD ? [{ modelCard: { score: Number.NaN } }, { modelCard: { name: '\ud800' } }] : []),
    ];
    await allInvalid(writable, inputs, (input) => writable.adapter().updateVersion({ version: ref, ...input }, call()));
  });

  it('refuses more metadata than fits beside what is there', async () => {
    const { metadataEntriesMax: most } = limits();
    if (!capabilities().UPDATE_METADATA || most === null) return;
    const full = Array.from({ length: most }, (_, i) => ({ key: `k${i}`, value: 'v' }));
    const { ref } = await filled({ metadata: full });
    const add = (input: Omit<VersionUpdate, 'version'>) =>
      writable.adapter().updateVersion({ version: ref, ...input }, call());
    expect(await refused(() => add({ setMetadata: [TAG] }))).toBeInstanceOf(InvalidInputError);
    const swapped = await add({ setMetadata: [TAG], removeMetadata: ['k0'] });
    expect(swapped.metadata).toHaveLength(most);
    expect((await add({ setMetadata: [{ ...TAG, value: 'silver' }] })).metadata).toHaveLength(most);
  });

  it('needs its version', async () => {
    const adapter = writable.adapter();
    if (!isOn(adapter, VERSION_FIELDS)) return;
    const { ref } = await filled();
    const missing = [
      { ...ref, version: '4711' },
      { ...ref, version: '01' },
      { ...ref, name: 'no-such-model' },
    ];
    const writes = missing.flatMap((version) =>
      [{}, ...changes()].map((input) => () => adapter.updateVersion({ version, ...input }, call())),
    );
    for (const error of await refusedAll(writes)) expect(error).toBeInstanceOf(NotFoundError);
  });
}
