import { expect, it } from 'vitest';
import {
  ConflictError,
  InvalidInputError,
  NotFoundError,
  RegistryError,
  UnsupportedError,
} from '../../src/domain/errors.js';
import type { VersionRef } from '../../src/domain/refs.js';
import type { StageWrite } from '../../src/domain/registry.js';
import type { RegistryHarness } from './harness.js';
import { newMark } from './registry-marks.js';
import { stageNamed } from './registry-population.js';
import { call } from './registry-walk.js';
import { everything, expectUnsupported, openWritable, versionNow } from './registry-writes.js';

export function describeStages(harness: RegistryHarness): void {
  const writable = openWritable(harness);
  const { register, refused, refusedAll } = writable;

  const has = () => writable.adapter().capabilities.STAGES;
  const named = (wanted: string) => stageNamed(writable.adapter().limits.stages, wanted);
  const set = (version: VersionRef, stage: string | null, rest: Partial<StageWrite> = {}) =>
    writable.adapter().setStage({ version, stage, ...rest }, call());
  const stageNow = async (ref: VersionRef) => (await versionNow(writable.adapter(), ref)).stage?.name ?? null;

  it('are refused without STAGES', async () => {
    if (has()) return;
    const { ref } = await register({});
    for (const stage of ['Staging', null]) expectUnsupported(await refused(() => set(ref, stage)), 'STAGES');
  });

  it('are entered and left for another', async () => {
    if (!has()) return;
    const { ref } = await register({});
    for (const stage of [named('Staging'), named('Production'), named('Production')]) {
      const moved = await set(ref, stage);
      expect(moved.ref).toEqual(ref);
      expect(moved.stage?.name).toBe(stage);
      expect(await stageNow(ref)).toBe(stage);
    }
  });

  it('are those of the declarations', async () => {
    if (!has()) return;
    const { stages } = writable.adapter().limits;
    const { ref } = await register({});
    for (const stage of stages ?? ['Testing', 'blue-green', 'Eu2']) {
      expect((await set(ref, stage)).stage?.name, stage).toBe(stage);
    }
    const unknown = ['', '\ud800', ...(stages === null ? [] : ['No-such-stage', 'staging ', 'x'.repeat(3000)])];
    for (const error of await refusedAll(unknown.map((stage) => () => set(ref, stage)))) {
      expect(error).toBeInstanceOf(InvalidInputError);
    }
  });

  it('are cleared with CLEAR_STAGE alone', async () => {
    if (!has()) return;
    const { ref } = await register({});
    await set(ref, named('Staging'));
    if (!writable.adapter().capabilities.CLEAR_STAGE) {
      expectUnsupported(await refused(() => set(ref, null)), 'CLEAR_STAGE');
      return;
    }
    expect((await set(ref, null)).stage).toBeNull();
    expect((await versionNow(writable.adapter(), ref)).stage).toBeNull();
    // There is nothing left to clear, which is what was asked for.
    expect((await set(ref, null, { expectedStage: null })).stage).toBeNull();
    for (const rest of [{ status: 'Active' }, { description: 'Since the review' }]) {
      expect(await refused(() => set(ref, null, rest))).toBeInstanceOf(InvalidInputError);
    }
  });

  it('are entered only from where the version is expected', async () => {
    if (!has()) return;
    const [staging, production] = [named('Staging'), named('Production')];
    const { ref } = await register({});
    expect(await refused(() => set(ref, staging, { expectedStage: production }))).toBeInstanceOf(ConflictError);
    expect((await set(ref, staging, { expectedStage: null })).stage?.name).toBe(staging);
    for (const expectedStage of [null, production]) {
      expect(await refused(() => set(ref, production, { expectedStage }))).toBeInstanceOf(ConflictError);
    }
    expect((await set(ref, production, { expectedStage: staging })).stage?.name).toBe(production);
  });

  it('are expected where other people have put the version meanwhile', async () => {
    if (!has()) return;
    const [staging, production] = [named('Staging'), named('Production')];
    const { ref } = await register({});
    await set(ref, staging);
    await writable.opened().setStage(ref, production);
    expect(await refused(() => set(ref, production, { expectedStage: staging }))).toBeInstanceOf(ConflictError);
    expect((await set(ref, staging, { expectedStage: production })).stage?.name).toBe(staging);
  });

  it.each(['status', 'description'] as const)('hold a %s, or refuse it', async (field) => {
    if (!has()) return;
    const stage = named('Staging');
    const { ref } = await register({});
    const write = { [field]: field === 'status' ? 'Approved' : 'Since the review' };
    await unlessUnsupported(async () => {
      expect((await set(ref, stage, write)).stage).toMatchObject({ name: stage, ...write });
      expect((await versionNow(writable.adapter(), ref)).stage).toMatchObject({ name: stage, ...write });
    });
  });

  it('archive the others in that stage, or refuse to', async () => {
    if (!has()) return;
    const stage = named('Production');
    const { ref: model } = await writable.adapter().createModel({ name: 'archiving' }, call());
    const { ref: other } = await register({ model });
    const { ref } = await register({ model });
    await set(other, stage);
    await unlessUnsupported(async () => {
      expect((await set(ref, stage, { archiveOthers: true })).stage?.name).toBe(stage);
      expect(await stageNow(other)).not.toBe(stage);
    });
    // Nobody has to be archived, and nobody is.
    await set(other, stage);
    await set(ref, stage, { archiveOthers: false });
    expect([await stageNow(other), await stageNow(ref)]).toEqual([stage, stage]);
  });

  it('leave the rest of the version alone', async () => {
    if (!has()) return;
    const adapter = writable.adapter();
    const metadata = adapter.limits.metadataEntriesMax === 0 ? {} : { metadata: [{ key: 'kept', value: 'yes' }] };
    const { ref, incarnation } = await register({ description: 'Kept', ...metadata });
    if (adapter.capabilities.DECIDE) await adapter.decide({ version: ref, incarnation, mark: newMark() }, call());
    else await writable.opened().setApprovalStatus(ref, 'APPROVED');
    const { stage: _, updatedAt: __, ...before } = await versionNow(adapter, ref);
    await set(ref, named('Staging'));
    const { stage, updatedAt: ___, ...after } = await versionNow(adapter, ref);
    expect(stage?.name).toBe(named('Staging'));
    expect(after).toEqual(before);
    expect(after).toMatchObject({ approvalStatus: 'APPROVED', description: 'Kept' });
  });

  it('need their version', async () => {
    if (!has()) return;
    const missing = [
      { ...writable.model(), version: '4711' },
      { registryId: writable.adapter().id, name: 'no-such-model', version: '1' },
    ];
    const stage = named('Staging');
    for (const error of await refusedAll(missing.map((ref) => () => set(ref, stage)))) {
      expect(error).toBeInstanceOf(NotFoundError);
    }
  });

  /** Runs what a registry may do or refuse; refusing, it writes nothing. */
  async function unlessUnsupported(work: () => Promise<void>): Promise<void> {
    const before = await everything(writable.adapter());
    try {
      await work();
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(await everything(writable.adapter())).toEqual(before);
    }
  }
}
