import { describe, expect, it } from 'vitest';
import { InvalidInputError, NotFoundError, UnsupportedError } from '../../src/domain/errors.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import { call } from '../conformance/registry-walk.js';
import { everything, rejection } from '../conformance/registry-writes.js';
import { engines } from '../support/engines.js';
import { MARK, openMlflowWritable, URI } from '../support/mlflow-writable.js';

const { mlflow } = engines();

describe.skipIf(mlflow === null)('Updates on MLflow (left out by REGISTRIES)', () => {
  const writable = openMlflowWritable(mlflow?.url ?? '');
  const { failSecond, rawTags, read, register } = writable;

  describe('an update', () => {
    it('that stops half-way is completed by repeating it', async () => {
      const { ref } = await register({ description: 'Before', tags: [{ key: 'old', value: '1' }] });
      const tags = ['a', 'b', 'c'].map((key) => ({ key, value: 'new' }));
      const update = { version: ref, description: 'After', setTags: tags, removeTags: ['old', 'never-there'] };
      failSecond('/model-versions/set-tag');
      expect(await rejection(writable.through().updateVersion(update, call()))).toMatchObject({
        code: 'UPSTREAM_UNAVAILABLE',
      });
      expect(await read(ref)).toMatchObject({ description: 'Before', tags: [{ key: 'a' }, { key: 'old' }] });
      expect(await writable.through().updateVersion(update, call())).toMatchObject({ description: 'After', tags });
    });

    // Two that insert the same row meet a constraint, which MLflow answers with a 400; the first of each round is when it happens.
    it('of the same tag by several at once goes through for all', async () => {
      const { ref } = await register();
      for (let round = 0; round < 12; round += 1) {
        const setTags = [{ key: `contended-${round}`, value: 'x' }];
        const updates = Array.from({ length: 5 }, () =>
          writable.adapter().updateVersion({ version: ref, setTags }, call()),
        );
        expect((await Promise.allSettled(updates)).map(({ status }) => status)).toEqual(Array(5).fill('fulfilled'));
      }
    });

    it('leaves the description alone unless it is given, and clears it with null', async () => {
      const { ref } = await writable.adapter().createModel({ name: 'described', description: 'Kept' }, call());
      const version = (await register({ model: ref, description: 'Kept' })).ref;
      const setTags = [{ key: 'tier', value: 'gold' }];
      expect(await writable.adapter().updateModel({ model: ref, setTags }, call())).toMatchObject({
        description: 'Kept',
      });
      expect(await writable.adapter().updateVersion({ version, setTags }, call())).toMatchObject({
        description: 'Kept',
      });
      expect(await writable.adapter().updateModel({ model: ref, description: null }, call())).toMatchObject({
        description: null,
      });
      expect(await writable.adapter().updateVersion({ version, description: null }, call())).toMatchObject({
        description: null,
      });
    });

    // Of several tags the last would be refused, with the others written.
    it.each(['a//b', '/a', 'a/', 'a/../b', './a', '.', '..', '..a', 'a/.'])(
      'refuses the tag key %j, as MLflow does, before it writes another',
      async (key) => {
        const { ref } = await register();
        const { name, version } = ref;
        const raw = writable.opened().api.call('POST', '/model-versions/set-tag', { name, version, key, value: 'x' });
        await expect(raw).rejects.toThrow('INVALID_PARAMETER_VALUE');
        const setTags = ['fine', key].map((name) => ({ key: name, value: 'x' }));
        for (const write of [
          () => writable.adapter().updateVersion({ version: ref, setTags }, call()),
          () => writable.adapter().updateVersion({ version: ref, removeTags: [key] }, call()),
          () => writable.adapter().updateModel({ model: writable.model(), setTags }, call()),
          () => register({ tags: setTags }),
        ]) {
          expect(await rejection(write())).toBeInstanceOf(InvalidInputError);
        }
        expect((await read(ref)).tags).toEqual([]);
      },
    );

    it('keeps tags as long as MLflow takes them', async () => {
      const { ref } = await register();
      const long = (length: number) => [{ key: 'long', value: 'x'.repeat(length) }];
      expect((await writable.adapter().updateVersion({ version: ref, setTags: long(100_000) }, call())).tags).toEqual(
        long(100_000),
      );
      for (const write of [
        () => writable.adapter().updateVersion({ version: ref, setTags: long(100_001) }, call()),
        () => writable.adapter().updateModel({ model: writable.model(), setTags: long(5001) }, call()),
      ]) {
        expect(await rejection(write())).toBeInstanceOf(InvalidInputError);
      }
      const tooLong = { name: ref.name, version: ref.version, key: 'long', value: 'x'.repeat(100_001) };
      await expect(writable.opened().api.call('POST', '/model-versions/set-tag', tooLong)).rejects.toThrow('100000');
    });

    it.each([
      'validation_status',
      'registrar.decision',
      'mlflow.source.git.commit',
      'mlflow.prompt.is_prompt',
      // A database may take these for the same keys.
      'Validation_Status',
      'validation_status ',
      'välidation_status',
      'Registrar.createdBy',
      'MLflow.source.git.commit',
      'mlflow.PROMPT.is_prompt',
    ])('does not write or remove %j, which has a field of its own', async (key) => {
      const { ref } = await register();
      const before = await rawTags(ref);
      for (const change of [{ setTags: [{ key, value: 'approved' }] }, { removeTags: [key] }]) {
        expect(await rejection(writable.adapter().updateVersion({ version: ref, ...change }, call()))).toBeInstanceOf(
          InvalidInputError,
        );
      }
      expect(await rawTags(ref)).toEqual(before);
    });
  });

  it('writes nothing to a prompt', async () => {
    const isPrompt = { key: 'mlflow.prompt.is_prompt', value: 'true' };
    const prompt = { registryId: writable.adapter().id, name: 'summarise' };
    const version = { ...prompt, version: '1' };
    await writable.opened().api.call('POST', '/registered-models/create', { name: prompt.name, tags: [isPrompt] });
    await writable.opened().api.call('POST', '/model-versions/create', {
      name: prompt.name,
      source: 'dummy-source',
      tags: [isPrompt],
    });
    await writable
      .opened()
      .api.call('POST', '/registered-models/alias', { name: prompt.name, alias: 'prod', version: '1' });
    const raw = async () => [
      await writable.opened().api.call('GET', '/registered-models/get?name=summarise'),
      await writable.opened().api.call('GET', '/model-versions/get?name=summarise&version=1'),
    ];
    const before = await raw();
    const setTags = [{ key: 'a', value: 'b' }];
    for (const write of [
      () => writable.adapter().updateModel({ model: prompt, setTags }, call()),
      () => writable.adapter().updateVersion({ version, setTags }, call()),
      () => writable.adapter().decide({ version, incarnation: '0', mark: MARK }, call()),
      () => writable.adapter().setAlias({ version, alias: 'champion' }, call()),
      () => writable.adapter().deleteAlias({ model: prompt, alias: 'prod' }, call()),
      () => writable.adapter().setStage({ version, stage: 'Staging' }, call()),
      () => writable.adapter().deleteVersion(version, call()),
      () => writable.adapter().deleteModel(prompt, call()),
    ]) {
      expect(await rejection(write())).toBeInstanceOf(NotFoundError);
    }
    expect(await raw()).toEqual(before);
  });

  it('says where metrics, parameters, reports and cards belong', async () => {
    const before = await everything(writable.adapter());
    for (const [capability, input] of [
      ['REGISTER_METRICS', { metrics: [{ name: 'auc', value: 1 }] }],
      ['REGISTER_PARAMETERS', { parameters: [{ key: 'lr', value: '1' }] }],
      ['REGISTER_REPORTS', { reports: [{ kind: 'BIAS', uri: URI }] }],
      ['REGISTER_MODEL_CARD', { modelCard: { intent: 'x' } }],
    ] as const) {
      const error = await rejection(register(input));
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(error).toMatchObject({ capability, message: expect.stringContaining('lineage.runId') });
    }
    expect(await everything(writable.adapter())).toEqual(before);
  });

  it('tells a model or version from a later one of the same name', async () => {
    const make = async () => {
      const { ref } = await writable.adapter().createModel({ name: 'reborn' }, call());
      return register({ model: ref });
    };
    const first = await make();
    expect(first.incarnation).toBe(String(Date.parse(first.createdAt ?? '')));
    await writable.adapter().decide({ version: first.ref, incarnation: first.incarnation, mark: MARK }, call());
    expect((await read(first.ref)).incarnation).toBe(first.incarnation);
    await writable.adapter().deleteVersion(first.ref, call());
    await writable.adapter().deleteModel({ registryId: writable.adapter().id, name: 'reborn' }, call());
    const second = await make();
    expect(second).toMatchObject({ ref: first.ref, decision: null, approvalStatus: 'PENDING' });
    expect(Number(second.incarnation)).toBeGreaterThan(Number(first.incarnation));
  });

  it('takes few calls', async () => {
    const { ref } = await register();
    const countOf = async (write: (by: RegistryAdapter) => Promise<unknown>) => {
      writable.proxy().reset();
      await write(writable.through());
      return writable.proxy().requests.length;
    };
    const setTags = [{ key: 'a', value: '1' }];
    expect({
      'registerVersion with requestId': await countOf((by) => register({ requestId: 'counted' }, by)),
      'registerVersion again': await countOf((by) => register({ requestId: 'counted' }, by)),
      'updateModel, nothing': await countOf((by) => by.updateModel({ model: writable.model() }, call())),
      'updateVersion, a tag and description': await countOf((by) =>
        by.updateVersion({ version: ref, setTags, description: 'x' }, call()),
      ),
      setAlias: await countOf((by) => by.setAlias({ version: ref, alias: 'counted' }, call())),
      deleteAlias: await countOf((by) => by.deleteAlias({ model: writable.model(), alias: 'counted' }, call())),
      setStage: await countOf((by) => by.setStage({ version: ref, stage: 'Staging' }, call())),
      deleteVersion: await countOf((by) => by.deleteVersion(ref, call())),
    }).toEqual({
      'registerVersion with requestId': 4,
      'registerVersion again': 2,
      'updateModel, nothing': 1,
      'updateVersion, a tag and description': 4,
      setAlias: 4,
      deleteAlias: 3,
      setStage: 3,
      deleteVersion: 2,
    });
  });
});
