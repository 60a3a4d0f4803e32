import { describe, expect, it } from 'vitest';
import { createMlflowAdapter, mlflowOptions } from '../../adapters/mlflow/index.js';
import { InvalidInputError, UnsupportedError } from '../../src/domain/errors.js';
import { call } from '../conformance/registry-walk.js';
import { rejection } from '../conformance/registry-writes.js';
import { engines } from '../support/engines.js';
import { MARK, openMlflowWritable } from '../support/mlflow-writable.js';

const { mlflow } = engines();

describe.skipIf(mlflow === null)('Decisions, aliases and stages on MLflow (left out by REGISTRIES)', () => {
  const writable = openMlflowWritable(mlflow?.url ?? '');
  const { failSecond, rawTags, read, register } = writable;

  describe('a decision', () => {
    it('is a mark that says who and why, and then the status', async () => {
      const { ref, incarnation } = await register({ tags: [{ key: 'season', value: 'autumn' }] });
      writable.proxy().reset();
      const decided = await writable.through().decide({ version: ref, incarnation, mark: MARK }, call());
      expect(decided).toMatchObject({
        approvalStatus: 'APPROVED',
        approvalStatusExplicit: true,
        approvalStatusSince: MARK.at,
        approvalComment: MARK.comment,
        decision: MARK,
        tags: [{ key: 'season', value: 'autumn' }],
      });
      const tags = await rawTags(ref);
      expect(tags).toEqual({
        season: 'autumn',
        validation_status: 'approved',
        'registrar.decision': expect.any(String),
      });
      expect(JSON.parse(tags['registrar.decision'] ?? '')).toEqual({ v: 1, ...MARK });
      expect(writable.proxy().counts()).toEqual({
        'GET /api/2.0/mlflow/model-versions/get': 2,
        'POST /api/2.0/mlflow/model-versions/set-tag': 2,
      });
    });

    it('that stops between the two is none yet, and is completed by repeating it', async () => {
      const { ref, incarnation } = await register();
      failSecond('/model-versions/set-tag');
      expect(
        await rejection(writable.through().decide({ version: ref, incarnation, mark: MARK }, call())),
      ).toMatchObject({
        code: 'UPSTREAM_UNAVAILABLE',
        operation: 'decide',
      });
      expect(await read(ref)).toMatchObject({
        approvalStatus: 'PENDING',
        approvalStatusSince: null,
        approvalComment: null,
        decision: MARK,
      });
      expect(await writable.through().decide({ version: ref, incarnation, mark: MARK }, call())).toMatchObject({
        approvalStatus: 'APPROVED',
      });
    });

    it('that somebody has overruled by hand is still there, and no longer the reason', async () => {
      const { ref, incarnation } = await register();
      await writable.adapter().decide({ version: ref, incarnation, mark: MARK }, call());
      await writable.opened().setApprovalStatus(ref, 'REJECTED');
      expect(await read(ref)).toMatchObject({
        approvalStatus: 'REJECTED',
        approvalStatusSince: null,
        approvalComment: null,
        decision: MARK,
      });
    });

    it('follows another convention, and can be taken back', async () => {
      const values = { PENDING: ['Open'], APPROVED: ['Signed-Off', 'ok'], REJECTED: ['no'] };
      const options = mlflowOptions.parse({ ...writable.opened().options, approval: { tag: 'review', values } });
      await using other = createMlflowAdapter('mlflow', options);
      const { ref, incarnation } = await register();
      expect(await other.decide({ version: ref, incarnation, mark: MARK }, call())).toMatchObject({
        approvalStatus: 'APPROVED',
      });
      expect(await rawTags(ref)).toMatchObject({ review: 'Signed-Off', validation_status: 'pending' });
      const reset = { ...MARK, id: '2.1f', status: 'PENDING', comment: null } as const;
      expect(await other.decide({ version: ref, incarnation, mark: reset }, call())).toMatchObject({
        approvalStatus: 'PENDING',
        approvalStatusExplicit: true,
        decision: reset,
      });
      expect(await rawTags(ref)).toMatchObject({ review: 'Open' });
    });

    it('has room for the longest comment there is, however it is written', async () => {
      const { ref, incarnation } = await register();
      for (const char of ['x', '"', '\u0001', '模', '\n']) {
        const mark = { ...MARK, comment: char.repeat(writable.adapter().limits.commentMax) };
        expect((await writable.adapter().decide({ version: ref, incarnation, mark }, call())).approvalComment).toBe(
          mark.comment,
        );
      }
      const before = await read(ref);
      const write = { version: ref, incarnation, mark: { ...MARK, actor: 'x'.repeat(100_000) } };
      expect(await rejection(writable.adapter().decide(write, call()))).toBeInstanceOf(InvalidInputError);
      expect(() => writable.adapter().refuseDecision(before, write)).toThrow(InvalidInputError);
      expect(await read(ref)).toEqual(before);
    });
  });

  it('takes for aliases what MLflow takes', async () => {
    const { ref } = await register();
    const pattern = new RegExp(`^(?:${writable.adapter().limits.aliasPattern})$`, 'u');
    const names = ['champion', 'é_-', '模型', '٣', 'v', 'v1a', 'latest1', '²', 'Ⅷ', '𝟘', 'x'.repeat(255)];
    const refused = [
      'latest',
      'LaTest',
      'v1',
      'V20',
      'v٣',
      'v𝟘',
      'a b',
      'a.b',
      'a/b',
      'e\u0301',
      '😀',
      'x'.repeat(256),
      '',
    ];
    for (const alias of [...names, ...refused]) {
      const { name, version } = ref;
      const isTaken = await writable
        .opened()
        .api.call('POST', '/registered-models/alias', { name, version, alias })
        .then(
          () => true,
          () => false,
        );
      expect([alias, isTaken]).toEqual([alias, pattern.test(alias)]);
      expect([alias, isTaken]).toEqual([alias, names.includes(alias)]);
    }
  });

  describe('a stage', () => {
    it('can send the others that are in it to the archive', async () => {
      const { ref } = await writable.adapter().createModel({ name: 'staged' }, call());
      const [one, two, three] = [
        await register({ model: ref }),
        await register({ model: ref }),
        await register({ model: ref }),
      ];
      await writable.adapter().setStage({ version: one.ref, stage: 'Production' }, call());
      await writable.adapter().setStage({ version: two.ref, stage: 'Production' }, call());
      await writable.adapter().setStage({ version: three.ref, stage: 'Production', archiveOthers: true }, call());
      const stages = (await Promise.all([one, two, three].map((version) => read(version.ref)))).map(
        ({ stage }) => stage?.name,
      );
      expect(stages).toEqual(['Archived', 'Archived', 'Production']);
      expect(await writable.adapter().setStage({ version: three.ref, stage: null }, call())).toMatchObject({
        stage: null,
      });
    });

    it('does that for Staging and Production alone, and has no status or description', async () => {
      const { ref } = await register();
      writable.proxy().reset();
      for (const stage of ['Archived', null]) {
        const write = writable.through().setStage({ version: ref, stage, archiveOthers: true }, call());
        expect(await rejection(write)).toBeInstanceOf(InvalidInputError);
      }
      for (const field of ['status', 'description']) {
        const write = writable.through().setStage({ version: ref, stage: 'Staging', [field]: 'x' }, call());
        const error = await rejection(write);
        expect(error).toBeInstanceOf(UnsupportedError);
        expect(error.message).toContain(`the field ${field}`);
      }
      expect(writable.proxy().requests).toEqual([]);
    });
  });
});
