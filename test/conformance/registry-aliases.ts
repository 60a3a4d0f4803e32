import { beforeAll, expect, it } from 'vitest';
import { ConflictError, InvalidInputError, NotFoundError } from '../../src/domain/errors.js';
import type { ModelRef, VersionRef } from '../../src/domain/refs.js';
import type { RegistryHarness } from './harness.js';
import { call } from './registry-walk.js';
import { expectUnsupported, modelNow, openWritable, rejection, versionNow } from './registry-writes.js';

/** Of some the upstreams make no alias; the pattern of the declarations says of which. */
const NAMES = [
  ...['champion', 'a', 'with-hyphen', 'with_underscore', 'with.dot', '9', 'UPPER', 'vintage', 'latest-but-one'],
  ...[
    'latest',
    'LATEST',
    'v1',
    'v20',
    'V3',
    '',
    ' ',
    'a b',
    'a/b',
    'a:b',
    "it's",
    '50%',
    'ünï',
    '模型',
    '😀',
    '..',
    '-x',
  ],
  ...['new\nline', 'nul\u0000byte', '\ud800', 'x'.repeat(255), 'x'.repeat(256), 'x'.repeat(3000)],
];

export function describeAliases(harness: RegistryHarness): void {
  const writable = openWritable(harness);
  let model: ModelRef;
  let first: VersionRef;
  let second: VersionRef;

  beforeAll(async () => {
    model = writable.model();
    first = (await writable.register({})).ref;
    second = (await writable.register({})).ref;
  });

  const has = () => writable.adapter().capabilities.ALIASES;
  const set = (version: VersionRef, alias: string, expected?: string | null) =>
    writable
      .adapter()
      .setAlias({ version, alias, ...(expected === undefined ? {} : { expected: { version: expected } }) }, call());
  const remove = (alias: string, expected?: string | null) =>
    writable
      .adapter()
      .deleteAlias({ model, alias, ...(expected === undefined ? {} : { expected: { version: expected } }) }, call());
  const holderNow = async (alias: string) => {
    const { aliases } = await modelNow(writable.adapter(), model);
    return aliases.filter(({ name }) => name === alias).map(({ version }) => version);
  };

  it('are refused without ALIASES', async () => {
    if (has()) return;
    for (const error of await writable.refusedAll([() => set(first, 'champion'), () => remove('champion')])) {
      expectUnsupported(error, 'ALIASES');
    }
  });

  it('point to one version, and move', async () => {
    if (!has()) return;
    const made = await set(first, 'moving');
    expect(made.previousVersion).toBeNull();
    expect(made.model.ref).toEqual(model);
    expect(made.model.aliases).toContainEqual({ name: 'moving', version: first.version });
    expect(await holderNow('moving')).toEqual([first.version]);

    const moved = await set(second, 'moving');
    expect(moved.previousVersion).toBe(first.version);
    expect(moved.model.aliases).toContainEqual({ name: 'moving', version: second.version });
    expect(await holderNow('moving')).toEqual([second.version]);
    expect((await versionNow(writable.adapter(), first)).aliasNames ?? []).not.toContain('moving');

    const again = await set(second, 'moving');
    expect(again.previousVersion).toBe(second.version);
    expect(await holderNow('moving')).toEqual([second.version]);
  });

  it('are any number on one version, and leave one another alone', async () => {
    if (!has()) return;
    await set(first, 'one-of-two');
    await set(first, 'two-of-two');
    await set(second, 'one-of-two');
    expect(await holderNow('two-of-two')).toEqual([first.version]);
    const { aliases } = await modelNow(writable.adapter(), model);
    expect(aliases.map(({ name }) => name)).toEqual(aliases.map(({ name }) => name).toSorted());
  });

  it('go away, and only that one', async () => {
    if (!has()) return;
    await set(first, 'going');
    await set(first, 'staying');
    const after = await remove('going');
    expect(after.ref).toEqual(model);
    expect(after.aliases.map(({ name }) => name)).toContain('staying');
    expect(after.aliases.map(({ name }) => name)).not.toContain('going');
    expect(await holderNow('going')).toEqual([]);
    expect(await rejection(remove('going'))).toBeInstanceOf(NotFoundError);
  });

  it('are named as the pattern says', async () => {
    if (!has()) return;
    const pattern = new RegExp(`^(?:${writable.adapter().limits.aliasPattern ?? '[^]*'})$`, 'u');
    for (const alias of NAMES.filter((name) => pattern.test(name))) {
      await set(first, alias);
      expect(await holderNow(alias), JSON.stringify(alias)).toEqual([first.version]);
      await remove(alias);
    }
    const refused = NAMES.filter((name) => !pattern.test(name));
    expect(refused).toContain('');
    const errors = await writable.refusedAll([
      ...refused.map((alias) => () => set(first, alias)),
      ...refused.map((alias) => () => remove(alias)),
    ]);
    for (const [index, error] of errors.entries()) {
      expect(error, JSON.stringify(refused[index % refused.length]).slice(0, 80)).toBeInstanceOf(InvalidInputError);
    }
  });

  it('move only from where they are expected', async () => {
    if (!has()) return;
    await set(first, 'expected', null);
    await set(second, 'expected', first.version);
    await set(second, 'expected', second.version);
    const errors = await writable.refusedAll([
      () => set(first, 'expected', null),
      () => set(first, 'expected', first.version),
      () => set(first, 'expected', '4711'),
      () => set(first, 'expected-of-none', first.version),
      () => remove('expected', null),
      () => remove('expected', first.version),
    ]);
    for (const error of errors) expect(error).toBeInstanceOf(ConflictError);
    expect(await holderNow('expected')).toEqual([second.version]);
    await remove('expected', second.version);
    expect(await holderNow('expected')).toEqual([]);
  });

  it('are expected where other people have put them meanwhile', async () => {
    if (!has()) return;
    await set(first, 'taken');
    await writable.opened().setAlias(second, 'taken');
    expect(await writable.refused(() => set(first, 'taken', first.version))).toBeInstanceOf(ConflictError);
    expect(await set(first, 'taken', second.version)).toMatchObject({ previousVersion: second.version });
  });

  it('have one holder when several set them at once', async () => {
    if (!has()) return;
    await Promise.all([first, second, first, second].map((version) => set(version, 'contended')));
    expect(await holderNow('contended')).toHaveLength(1);
  });

  it('need their model and version', async () => {
    if (!has()) return;
    const adapter = writable.adapter();
    const elsewhere = { registryId: adapter.id, name: 'no-such-model' };
    const errors = await writable.refusedAll([
      () => set({ ...model, version: '4711' }, 'missing'),
      () => set({ ...model, version: '01' }, 'missing'),
      () => set({ ...elsewhere, version: '1' }, 'missing'),
      () => remove('missing'),
      () => remove('missing', first.version),
      () => adapter.deleteAlias({ model: elsewhere, alias: 'missing' }, call()),
    ]);
    for (const error of errors) expect(error).toBeInstanceOf(NotFoundError);
  });
}
