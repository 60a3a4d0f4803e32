import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import type { ModelRef } from '../../src/domain/refs.js';
import type { OpenedRegistry, RegistryHarness } from './harness.js';
import { newMark } from './registry-marks.js';
import { present } from './registry-population.js';
import { call, readAll, versionListing } from './registry-walk.js';
import { openWritable, strong, versionNow } from './registry-writes.js';

/** As ids of approvals take it (`parseApprovalId`). */
const INCARNATION = /^[0-9A-Z]{1,32}$/;

export function describeIncarnations(harness: RegistryHarness): void {
  const writable = openWritable(harness);

  it('read the same everywhere', async () => {
    const adapter = writable.adapter();
    const made = await writable.register({});
    expect(made.incarnation).toMatch(INCARNATION);
    for (const record of await everyRead(made)) {
      expect(record.ref).toEqual(made.ref);
      expect(record.incarnation).toBe(made.incarnation);
    }
    const model = (await adapter.getModels([writable.model()], strong))[0];
    const latest = present(model).latestVersion;
    if (latest !== undefined) expect(latest?.incarnation).toBe(made.incarnation);
  });

  it('stay when the version changes', async () => {
    const adapter = writable.adapter();
    const { capabilities, limits } = adapter;
    const { ref, incarnation } = await writable.register({});
    await sleep(harness.timestampPrecisionMs + 50);
    await writable.opened().setApprovalStatus(ref, 'REJECTED');
    if (capabilities.DECIDE) await adapter.decide({ version: ref, incarnation, mark: newMark() }, call());
    if (capabilities.STAGES) await writable.opened().setStage(ref, limits.stages?.[0] ?? 'Staging');
    if (capabilities.UPDATE_VERSION_DESCRIPTION) {
      await adapter.updateVersion({ version: ref, description: 'Changed' }, call());
    }
    expect((await versionNow(adapter, ref)).incarnation).toBe(incarnation);
  });

  it('differ between versions of one name', async () => {
    const adapter = writable.adapter();
    const name = 'made-twice';
    const { ref: model } = await adapter.createModel({ name }, call());
    const first = await writable.register({ model });
    await deleteAll(writable.opened(), model, first);
    await sleep(harness.timestampPrecisionMs + 50);
    await adapter.createModel({ name }, call());
    const second = await writable.register({ model });
    // Its number may be the same, and then nothing else tells the two apart.
    expect(second.incarnation).not.toBe(first.incarnation);
    for (const record of await everyRead(second)) expect(record.incarnation).toBe(second.incarnation);
  });

  async function everyRead({ ref, nativeId }: ModelVersionRecord): Promise<ModelVersionRecord[]> {
    const adapter = writable.adapter();
    const model = { registryId: ref.registryId, name: ref.name };
    const order = { field: 'CREATED_AT', direction: 'DESC' } as const;
    const listed = await Promise.all(
      [{ model }, {}].map((scope) => readAll(versionListing(adapter, { ...scope, order }))),
    );
    return [
      await versionNow(adapter, ref),
      present((await adapter.getVersions([ref], call()))[0]),
      present((await adapter.getLatestVersions([model], call()))[0]),
      present((await adapter.getLatestVersions([model], { ...call(), approvalStatus: 'PENDING' }))[0]),
      present(await adapter.findVersion(nativeId, call())),
      ...listed.map((versions) =>
        present(versions.find((version) => version.ref.name === ref.name && version.ref.version === ref.version)),
      ),
    ];
  }
}

/** Through the adapter where it can; otherwise as other people do. */
export async function deleteAll(opened: OpenedRegistry, model: ModelRef, { ref }: ModelVersionRecord): Promise<void> {
  const { adapter } = opened;
  if (adapter.capabilities.DELETE_VERSION) await adapter.deleteVersion(ref, call());
  else await opened.deleteVersion(ref);
  if (adapter.capabilities.DELETE_MODEL) await adapter.deleteModel(model, call());
  else await opened.deleteModel(model);
}
