import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateModelPackageGroupCommand,
  type SageMakerClient,
  UpdateModelPackageCommand,
} from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CostExceededError } from '../../src/domain/errors.js';
import type { ModelRef } from '../../src/domain/refs.js';
import type { RegistryAdapter, WalkPage, WalkQuery } from '../../src/domain/registry.js';
import { call, modelListing, readAll, versionListing, walk } from '../conformance/registry-walk.js';
import { engines } from '../support/engines.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { createPackages, openAccount, type SageMakerAccount } from '../support/sagemaker-account.js';

const { aws } = engines();
const GROUPS = 130;

/** What one call of the contract costs upstream; the proxy passes on and counts. */
describe.skipIf(aws === null)('calls to SageMaker (skipped where REGISTRIES leaves its engine out)', () => {
  let account: SageMakerAccount;
  let proxy: FaultProxy;
  let adapter: RegistryAdapter;
  const names = Array.from({ length: GROUPS }, (_, index) => `group-${String(index).padStart(3, '0')}`);
  const refs = names.map((name): ModelRef => ({ registryId: 'sagemaker', name }));

  beforeAll(async () => {
    if (aws === null) return;
    account = openAccount(aws);
    proxy = await startFaultProxy(aws.endpoint);
    adapter = account.adapter({ endpoint: proxy.origin, stsEndpoint: aws.endpoint });
    await createGroups(account.client, names);
    for (const name of names.slice(0, 50)) await createPackages(account.client, name, 1);
    await createPackages(account.client, 'group-000', 210);
  }, 120_000);
  beforeEach(() => proxy.reset());
  afterAll(async () => {
    await adapter[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    account[Symbol.dispose]();
  });

  it.each([50, 100])('a page of %i models is one search, the next one too', async (limit) => {
    const listing = modelListing(adapter, { direction: 'ASC' });
    await walk(listing, { limit });
    expect(proxy.requests.length).toBe(Math.ceil(GROUPS / limit));
    expect(Object.keys(proxy.counts())).toEqual(['SageMaker.Search']);
  });

  it('a small page of models is one search with its hint, however far the walk is', async () => {
    expect(await walk(modelListing(adapter, { direction: 'DESC' }), { limit: 7 })).toHaveLength(GROUPS);
    expect(proxy.requests.length).toBe(Math.ceil(GROUPS / 7));
  });

  it('a token that the upstream refuses costs a re-read, not the answer', async () => {
    const listing = modelListing(adapter, { direction: 'ASC' });
    const spoil = (hint: string | undefined) => {
      if (hint === undefined) return undefined;
      const content = JSON.parse(Buffer.from(hint, 'base64url').toString()) as { sources: { own: { token: string } } };
      content.sources.own.token = 'no-such-token';
      return Buffer.from(JSON.stringify(content)).toString('base64url');
    };
    const found = await walk(listing, { limit: 50, hint: spoil });
    expect(found.map((model) => model.ref.name)).toEqual(names);
    expect(proxy.requests.length).toBeGreaterThan(3);
  });

  it('models by name are one search', async () => {
    const listing = modelListing(adapter, { direction: 'ASC', filter: { names: names.toReversed() } });
    expect(await listing.page(50)).toMatchObject({ hasMore: true, total: { value: GROUPS, exact: true } });
    expect(proxy.requests).toEqual(['SageMaker.Search']);
  });

  // The versions of this model were made within two or three seconds, which is the worst that a filter by seconds can meet.
  it.each([
    ['NUMBER', 0],
    ['CREATED_AT', 3],
  ] as const)('a page of versions by %s is one search', async (field, more) => {
    const [model] = refs;
    if (model === undefined) throw new Error('There are no groups.');
    for (const direction of ['ASC', 'DESC'] as const) {
      proxy.reset();
      const listing = versionListing(adapter, { model, order: { field, direction } });
      expect(await walk(listing, { limit: 25 })).toHaveLength(211);
      expect(proxy.requests.length).toBeLessThanOrEqual(Math.ceil(211 / 25) + more);
    }
  });

  it('versions of one moment are walked one at a time, each page by few searches', async () => {
    const order = { field: 'CREATED_AT', direction: 'ASC' } as const;
    const listing = versionListing(adapter, { order });
    const whole = (await readAll(listing)).map(listing.idOf);
    proxy.reset();
    const found = (await walk(listing, { limit: 1 })).map(listing.idOf);
    expect(found).toEqual(whole);
    expect(new Set(found).size).toBe(50 + 210);
    expect(proxy.requests.length).toBeLessThanOrEqual(found.length * 2);
  });

  it('one model is described, many are searched', async () => {
    await adapter.getModels(refs.slice(0, 1), call());
    expect(proxy.counts()).toEqual({ 'SageMaker.DescribeModelPackageGroup': 1, 'SageMaker.ListTags': 1 });
    proxy.reset();
    expect(await adapter.getModels(refs, call())).toHaveLength(GROUPS);
    expect(proxy.counts()).toEqual({ 'SageMaker.Search': 2 });
  });

  it('what a search does not find is described, up to a bound', async () => {
    const missing = Array.from({ length: 30 }, (_, index) => ({ registryId: 'sagemaker', name: `missing-${index}` }));
    expect(await adapter.getModels(missing, call())).toEqual(missing.map(() => null));
    expect(proxy.counts()['SageMaker.DescribeModelPackageGroup']).toBe(20);
  });

  it('many versions are one search, few are described', async () => {
    const versions = refs.slice(0, 50).map((ref) => ({ ...ref, version: '1' }));
    await adapter.getVersions(versions, call());
    expect(proxy.requests).toEqual(['SageMaker.Search']);
    proxy.reset();
    await adapter.getVersions(versions.slice(0, 2), call());
    expect(proxy.counts()).toEqual({ 'SageMaker.DescribeModelPackage': 2 });
  });

  it('the latest versions of 49 ordinary models are one search, beside a crowded one two', async () => {
    const ordinary = await adapter.getLatestVersions(refs.slice(1, 50), call());
    expect(ordinary.map((version) => version !== null && 'number' in version && version.number)).toEqual(
      Array.from({ length: 49 }, () => 1),
    );
    expect(proxy.requests).toHaveLength(1);
    proxy.reset();
    const [crowded] = await adapter.getLatestVersions(refs.slice(0, 50), call());
    expect(crowded).toMatchObject({ number: 211 });
    expect(proxy.requests).toHaveLength(2);
    proxy.reset();
    const approved = await adapter.getLatestVersions(refs, { ...call(), approvalStatus: 'APPROVED' });
    expect(approved).toEqual(refs.map(() => null));
    expect(proxy.requests).toHaveLength(1);
  });

  it('the latest versions of models that are all crowded cost five searches and the single ones allowed', async () => {
    const crowded = Array.from({ length: 8 }, (_, index) => `crowded-${index}`);
    await createGroups(account.client, crowded);
    for (const name of crowded) await createPackages(account.client, name, 101);
    await using frugal = account.adapter({ endpoint: proxy.origin, singleLookups: 2 });
    await frugal.listModels({ order: { field: 'NAME', direction: 'ASC' }, limit: 1 }, call());
    proxy.reset();
    const latest = await frugal.getLatestVersions(
      crowded.map((name) => ({ registryId: 'sagemaker', name })),
      call(),
    );
    const failed = latest.filter((version) => version instanceof CostExceededError);
    expect(failed).toHaveLength(1);
    expect(latest.filter((version) => version !== null && 'number' in version && version.number === 101)).toHaveLength(
      7,
    );
    expect(proxy.requests).toHaveLength(7);
  }, 60_000);

  it('a walk through everything is as few searches as there are pages', async () => {
    const groups = await walkAll((query) => adapter.walkModels(query, call()));
    const groupSearches = proxy.requests.length;
    const found = await walkAll((query) => adapter.walkVersions(query, call()));
    const versionSearches = proxy.requests.length - groupSearches;
    expect(new Set(groups.map(({ nativeId }) => nativeId)).size).toBe(GROUPS + 8);
    expect(new Set(found.map(({ nativeId }) => nativeId)).size).toBe(260 + 808);
    expect(groupSearches).toBe(2);
    // Of 10,000 versions that would be 103, where one more page than there must be is read of every 35.
    expect(versionSearches).toBeLessThanOrEqual(Math.ceil(1068 / 100) * 1.03);
    expect(Object.keys(proxy.counts())).toEqual(['SageMaker.Search']);
  });

  it('a poll is two searches, and finds what was modified and what is new', async () => {
    const versions = await walkAll((query) => adapter.walkVersions(query, call()));
    const latest = versions.map(({ updatedAt }) => updatedAt ?? '').reduce((a, b) => (a > b ? a : b));
    await sleep(Math.max(0, Date.parse(latest) + 1000 - Date.now()));
    const [quiet] = versions.filter(({ ref }) => ref.name === 'group-007');
    await account.client.send(
      new UpdateModelPackageCommand({
        ModelPackageArn: quiet?.nativeId,
        CustomerMetadataProperties: { reviewed: 'yes' },
      }),
    );
    await createGroups(account.client, ['brand-new']);
    const modifiedSince = new Date(Date.parse(latest) + 1000).toISOString();
    proxy.reset();
    const models = await adapter.walkModels({ modifiedSince }, call());
    const modified = await adapter.walkVersions({ modifiedSince }, call());
    expect(proxy.requests).toHaveLength(2);
    expect(models).toMatchObject({ items: [{ ref: { name: 'brand-new' } }], next: null });
    expect(modified).toMatchObject({ items: [{ ref: quiet?.ref }], next: null });
    expect(modified.items).toEqual(
      await adapter.getVersions(
        modified.items.map(({ ref }) => ref),
        call({ consistency: 'strong' }),
      ),
    );
  });

  it('an ARN of elsewhere is answered without a call', async () => {
    for (const arn of [
      'arn:aws:sagemaker:eu-west-1:999999999999:model-package/group-000/1',
      `arn:aws:sagemaker:us-west-2:${account.id}:model-package/group-000/1`,
      `arn:aws-cn:sagemaker:eu-west-1:${account.id}:model-package/group-000/1`,
      `arn:aws:sagemaker:eu-west-1:${account.id}:model-package-group/group-000`,
      `arn:aws:sagemaker:eu-west-1:${account.id}:model-package/group-000`,
      'models:/group-000/1',
      '',
    ]) {
      expect(await adapter.findVersion(arn, call())).toBeNull();
    }
    expect(proxy.requests).toEqual([]);
  });
});

async function walkAll<R>(page: (query: WalkQuery) => Promise<WalkPage<R>>): Promise<R[]> {
  const found: R[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const { items, next }: WalkPage<R> = await page(after === undefined ? {} : { after });
    found.push(...items);
    after = next;
  }
  return found;
}

async function createGroups(client: SageMakerClient, names: readonly string[]): Promise<void> {
  for (const name of names) await client.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName: name }));
}
