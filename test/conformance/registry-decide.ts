import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { InvalidInputError, NotFoundError, RegistryError } from '../../src/domain/errors.js';
import type { ApprovalStatus, DecisionMark, ModelVersionRecord } from '../../src/domain/model.js';
import type { ModelRef, VersionRef } from '../../src/domain/refs.js';
import type { RegistryHarness } from './harness.js';
import { deleteAll } from './registry-incarnations.js';
import { newMark } from './registry-marks.js';
import { newVersion, present, stageNamed } from './registry-population.js';
import { call, readAll, versionListing } from './registry-walk.js';
import { everything, modelNow, openWritable, rejection, strong, thrown, versionNow } from './registry-writes.js';

/** Words that a registry may refuse, but must not change. */
const COMMENTS = [
  'It\'s "fine", she said: {a: [1, 2]} \\n <b>&amp;</b> 100 % = ok; ok?',
  'Geprüft für 模型 – größer als zuvor 😀',
  'First line\nsecond line\r\n\tindented',
  ' leading and trailing ',
  'null',
];

const ACTORS = ['ana@example.com', 'Jürgen "JJ" O’Neil, Ltd. (模型 😀) <j@example.com> 50%', '%41=%', ' spaced ', null];

export function describeDecide(harness: RegistryHarness): void {
  const writable = openWritable(harness);
  const { register } = writable;

  const has = () => writable.adapter().capabilities.DECIDE;
  const decide = async (version: VersionRef, mark: DecisionMark) => {
    const [found] = await writable.adapter().getVersions([version], strong);
    const incarnation = found == null || found instanceof RegistryError ? '0' : found.incarnation;
    return writable.adapter().decide({ version, incarnation, mark }, call());
  };
  const create = async (name: string): Promise<ModelRef> =>
    (await writable.adapter().createModel({ name }, call())).ref;

  it('writes each status, PENDING among them, and reads it back', async () => {
    if (!has()) return;
    const { ref } = await register({});
    for (const status of ['APPROVED', 'REJECTED', 'PENDING', 'REJECTED', 'APPROVED', 'PENDING'] as const) {
      const mark = newMark({ status });
      const expected = {
        ref,
        approvalStatus: status,
        approvalStatusExplicit: true,
        approvalComment: mark.comment,
        decision: mark,
      };
      expect(await decide(ref, mark)).toMatchObject(expected);
      expect(await versionNow(writable.adapter(), ref)).toMatchObject(expected);
    }
  });

  it('shows the same in every read', async () => {
    if (!has()) return;
    const adapter = writable.adapter();
    const model = await create('read-everywhere');
    const { ref, nativeId } = await register({ model });
    const mark = newMark({ comment: 'Reviewed with the team.' });
    await decide(ref, mark);
    const order = { field: 'NUMBER', direction: 'DESC' } as const;
    const reads: readonly (ModelVersionRecord | undefined)[] = [
      ...(await readAll(versionListing(adapter, { model, order }))),
      ...(await readAll(versionListing(adapter, { order: { ...order, field: 'CREATED_AT' } }))).filter(
        (version) => version.ref.name === model.name,
      ),
      ...(await adapter.getLatestVersions([model], call())).map(present),
      ...(await adapter.getLatestVersions([model], { ...call(), approvalStatus: 'APPROVED' })).map(present),
      ...(await adapter.getVersions([ref], call())).map(present),
      present(await adapter.findVersion(nativeId, call())),
    ];
    expect(reads).toHaveLength(6);
    for (const read of reads) {
      expect(read).toMatchObject({ ref, approvalStatus: 'APPROVED', approvalComment: mark.comment, decision: mark });
    }
  });

  it('leaves all else of the version alone, and all else of the registry', async () => {
    if (!has()) return;
    const adapter = writable.adapter();
    const { capabilities, limits } = adapter;
    const model = await create('left-alone');
    const { ref } = await adapter.registerVersion(newVersion(adapter, model, 1), call());
    const other = await adapter.registerVersion(newVersion(adapter, model, 2), call());
    if (capabilities.ALIASES) await writable.opened().setAlias(ref, 'champion');
    if (capabilities.STAGES) await writable.opened().setStage(ref, stageNamed(limits.stages, 'Staging'));
    const before = await versionNow(adapter, ref);
    const otherBefore = await versionNow(adapter, other.ref);
    const { updatedAt: _, latestVersionNames: __, ...modelBefore } = await modelNow(adapter, model);
    for (const status of ['APPROVED', 'REJECTED', 'PENDING'] as const) {
      const after = await decide(ref, newMark({ status }));
      expect(undecided(after)).toEqual(undecided(before));
      expect(undecided(await versionNow(adapter, ref))).toEqual(undecided(before));
    }
    expect(await versionNow(adapter, other.ref)).toEqual(otherBefore);
    expect(await modelNow(adapter, model)).toMatchObject(modelBefore);
  });

  it.each(COMMENTS)('keeps the comment %j as it is, or refuses it', async (comment) => {
    if (has()) await keptOrRefused(newMark({ comment }));
  });

  it.each(['x', '"', '模', '\\'])('keeps as many of %j as fit into a comment, or refuses them', async (letter) => {
    if (!has()) return;
    const { commentMax } = writable.adapter().limits;
    const isKept = await keptOrRefused(newMark({ comment: letter.repeat(commentMax) }));
    if (letter === 'x') expect(isKept).toBe(true);
    expect(await keptOrRefused(newMark({ comment: letter.repeat(commentMax + 1) }))).toBe(false);
  });

  it.each(ACTORS)('keeps the actor %j as it is', async (actor) => {
    if (!has()) return;
    expect(await keptOrRefused(newMark({ actor }))).toBe(true);
  });

  it('forgets a comment when the next decision has none', async () => {
    if (!has()) return;
    const { ref } = await register({});
    await decide(ref, newMark({ comment: 'Not yet.', status: 'REJECTED' }));
    const mark = newMark({ comment: null });
    expect(await decide(ref, mark)).toMatchObject({ decision: mark, approvalComment: null });
    expect(await versionNow(writable.adapter(), ref)).toMatchObject({ decision: mark, approvalComment: null });
  });

  it('refuses what is not well-formed, with nothing written', async () => {
    if (!has()) return;
    const current = await register({});
    for (const words of [{ comment: 'lone \ud800' }, { actor: 'lone \udc00' }]) {
      const write = { version: current.ref, mark: newMark(words) };
      expect(thrown(() => writable.adapter().refuseDecision(current, write))).toBeInstanceOf(InvalidInputError);
      expect(await writable.refused(() => decide(current.ref, write.mark))).toBeInstanceOf(InvalidInputError);
    }
  });

  it('can be repeated', async () => {
    if (!has()) return;
    const { ref } = await register({});
    const mark = newMark({ status: 'REJECTED' });
    const { updatedAt: _, ...first } = await decide(ref, mark);
    const { updatedAt: __, ...again } = await decide(ref, mark);
    expect(again).toEqual(first);
  });

  it('leaves a mark that disagrees once other people change the status', async () => {
    if (!has()) return;
    const { ref } = await register({});
    const mark = newMark();
    await decide(ref, mark);
    await writable.opened().setApprovalStatus(ref, 'REJECTED');
    expect(await versionNow(writable.adapter(), ref)).toMatchObject({ approvalStatus: 'REJECTED', decision: mark });
    const next = newMark({ status: 'PENDING' });
    expect(await decide(ref, next)).toMatchObject({ approvalStatus: 'PENDING', decision: next });
  });

  it('has no mark where nobody decided through the gateway', async () => {
    const { ref, decision, approvalComment } = await register({});
    expect({ decision, approvalComment }).toEqual({ decision: null, approvalComment: null });
    await writable.opened().setApprovalStatus(ref, 'APPROVED');
    expect(await versionNow(writable.adapter(), ref)).toMatchObject({ approvalStatus: 'APPROVED', decision: null });
  });

  it('moves what is the latest approved', async () => {
    if (!has()) return;
    const adapter = writable.adapter();
    const model = await create('latest-approved');
    const [one, two] = [await register({ model }), await register({ model })];
    const latest = async () => {
      const [found] = await adapter.getLatestVersions([model], { ...strong, approvalStatus: 'APPROVED' });
      return found instanceof Error ? found : found?.number;
    };
    expect(await latest()).toBeUndefined();
    await decide(one.ref, newMark());
    expect(await latest()).toBe(1);
    await decide(two.ref, newMark());
    expect(await latest()).toBe(2);
    await decide(two.ref, newMark({ status: 'PENDING' }));
    expect(await latest()).toBe(1);
    await decide(two.ref, newMark());
    if (adapter.capabilities.DELETE_VERSION) await adapter.deleteVersion(two.ref, call());
    else await writable.opened().deleteVersion(two.ref);
    expect(await latest()).toBe(1);
    await decide(one.ref, newMark({ status: 'REJECTED' }));
    expect(await latest()).toBeUndefined();
  });

  it('lets all succeed that decide at once, and keeps one of them', async () => {
    if (!has()) return;
    const { ref, incarnation } = await register({});
    const statuses: readonly ApprovalStatus[] = ['APPROVED', 'REJECTED', 'PENDING', 'APPROVED', 'REJECTED'];
    const marks = statuses.map((status) => newMark({ status }));
    const answers = await Promise.all(
      marks.map((mark) => writable.adapter().decide({ version: ref, incarnation, mark }, call())),
    );
    for (const answer of answers) expect(marks).toContainEqual(answer.decision);
    const last = await versionNow(writable.adapter(), ref);
    expect(marks).toContainEqual(last.decision);
    // Where mark and status are two writes they may be of two decisions; whoever reads them sees that they disagree.
    expect(statuses).toContain(last.approvalStatus);
    const settled = newMark();
    expect(await decide(ref, settled)).toMatchObject({ approvalStatus: 'APPROVED', decision: settled });
  });

  it('decides a version with as much metadata as fits, or says why not', async () => {
    const { metadataEntriesMax } = writable.adapter().limits;
    if (!has() || metadataEntriesMax === null || metadataEntriesMax === 0) return;
    const metadata = Array.from({ length: metadataEntriesMax }, (_, i) => ({ key: `k${i}`, value: 'v' }));
    const current = await register({ metadata });
    const mark = newMark();
    const refusal = thrown(() => writable.adapter().refuseDecision(current, { version: current.ref, mark }));
    if (refusal === null) {
      const decided = await decide(current.ref, mark);
      expect(decided).toMatchObject({ decision: mark });
      expect(decided.metadata).toEqual(current.metadata);
    } else {
      expect(refusal).toBeInstanceOf(InvalidInputError);
      expect(refusal).toMatchObject({ registryId: writable.adapter().id, operation: 'decide' });
    }
  });

  it('needs its version', async () => {
    if (!has()) return;
    const missing = [
      { ...writable.model(), version: '4711' },
      { ...writable.model(), version: '01' },
      { registryId: writable.adapter().id, name: 'no-such-model', version: '1' },
    ];
    for (const error of await writable.refusedAll(missing.map((ref) => () => decide(ref, newMark())))) {
      expect(error).toBeInstanceOf(NotFoundError);
    }
  });

  it('is for the version that was decided upon, not for one made anew in its place', async () => {
    const adapter = writable.adapter();
    if (!has()) return;
    const { ref: model } = await adapter.createModel({ name: 'decided-and-reborn' }, call());
    const first = await register({ model });
    await deleteAll(writable.opened(), model, first);
    await sleep(harness.timestampPrecisionMs + 50);
    await adapter.createModel({ name: model.name }, call());
    const second = await register({ model });
    // Its number may be another one; then the first is missing altogether.
    const before = await everything(adapter);
    for (const version of [first.ref, second.ref]) {
      const write = { version, incarnation: first.incarnation, mark: newMark() };
      expect(await rejection(adapter.decide(write, call()))).toBeInstanceOf(NotFoundError);
    }
    expect(await everything(adapter)).toEqual(before);
    const write = { version: second.ref, incarnation: second.incarnation, mark: newMark() };
    expect(await adapter.decide(write, call())).toMatchObject({ approvalStatus: 'APPROVED' });
  });

  /** `refuseDecision` and `decide` are of one mind, and what both let through is kept to the letter. */
  async function keptOrRefused(mark: DecisionMark): Promise<boolean> {
    const adapter = writable.adapter();
    const current = await register({});
    const refusal = thrown(() => adapter.refuseDecision(current, { version: current.ref, mark }));
    if (refusal === null) {
      const expected = { approvalStatus: mark.status, approvalComment: mark.comment, decision: mark };
      expect(await decide(current.ref, mark)).toMatchObject(expected);
      expect(await versionNow(adapter, current.ref)).toMatchObject(expected);
      return true;
    }
    expect(refusal).toBeInstanceOf(InvalidInputError);
    expect(refusal).toMatchObject({ registryId: adapter.id, operation: 'decide' });
    const before = await everything(adapter);
    expect(await rejection(decide(current.ref, mark))).toBeInstanceOf(InvalidInputError);
    expect(await everything(adapter)).toEqual(before);
    return false;
  }
}

/** A version without what a decision may change. */
function undecided(version: ModelVersionRecord): unknown {
  const { approvalStatus, approvalStatusExplicit, approvalStatusSince, approvalComment, decision, updatedAt, ...rest } =
    version;
  return rest;
}
