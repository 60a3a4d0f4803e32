import {
  AddTagsCommand,
  CreateModelPackageCommand,
  CreateModelPackageGroupCommand,
  DeleteModelPackageGroupCommand,
  ListTagsCommand,
  PutModelPackageGroupPolicyCommand,
  type SageMakerClient,
  type SearchRequest,
  type SearchResponse,
} from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ConflictError,
  InvalidInputError,
  NotFoundError,
  PermissionDeniedError,
  UnsupportedError,
} from '../../src/domain/errors.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import { call, modelListing, readAll, versionListing, walk } from '../conformance/registry-walk.js';
import { engines } from '../support/engines.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { openAccount, packageOf, type SageMakerAccount } from '../support/sagemaker-account.js';

const { aws } = engines();
const NEWEST = { order: { field: 'CREATED_AT', direction: 'DESC' } } as const;

describe.skipIf(aws === null)('SageMaker as it is (skipped where REGISTRIES leaves its engine out)', () => {
  let owner: SageMakerAccount;
  let adapter: RegistryAdapter;
  const ref = (name: string) => ({ registryId: 'sagemaker', name });

  beforeAll(() => {
    if (aws === null) return;
    owner = openAccount(aws);
    adapter = owner.adapter();
  });
  afterAll(async () => {
    await adapter[Symbol.asyncDispose]();
    owner[Symbol.dispose]();
  });

  it('never takes a name from a version ARN', async () => {
    await adapter.createModel({ name: 'AbaloneGroup' }, call());
    const version = await adapter.registerVersion({ model: ref('AbaloneGroup'), artifacts: [artifact] }, call());
    expect(version.nativeId).toMatch(/:model-package\/abalonegroup\/1$/);
    expect(version.ref.name).toBe('AbaloneGroup');
    expect(await adapter.findVersion(version.nativeId, call())).toMatchObject({ ref: version.ref });
    const refs = ['AbaloneGroup', 'abalonegroup', 'ABALONEGROUP', 'AbaloneGroup'].map((name) => ({
      ...ref(name),
      version: '1',
    }));
    for (const consistency of ['strong', 'eventual'] as const) {
      expect(await adapter.getVersions(refs, call({ consistency }))).toMatchObject([
        { number: 1 },
        null,
        null,
        { number: 1 },
      ]);
    }
    expect(await adapter.getModels([ref('abalonegroup')], call())).toEqual([null]);
    expect(await readAll(versionListing(adapter, { ...NEWEST, model: ref('abalonegroup') }))).toEqual([]);
  });

  it('takes only the one spelling of a version', async () => {
    const refs = ['1', '01', '+1', '1.0', '0', '-1', ' 1', '1e0', ''].map((version) => ({
      ...ref('AbaloneGroup'),
      version,
    }));
    expect((await adapter.getVersions(refs, call())).map((version) => version !== null)).toEqual([
      true,
      ...Array(8).fill(false),
    ]);
  });

  it('leaves packages without a group out', async () => {
    const { ModelPackageGroupName: _, ...unversioned } = packageOf('x');
    const answer = await owner.client.send(
      new CreateModelPackageCommand({ ...unversioned, ModelPackageName: 'marketplace' }),
    );
    const listed = await readAll(versionListing(adapter, NEWEST));
    expect(listed.map(({ nativeId }) => nativeId)).not.toContain(answer.ModelPackageArn);
    expect(await adapter.findVersion(answer.ModelPackageArn ?? '', call())).toBeNull();
  });

  it("hides collections and the request's id from tags, and refuses to write them", async () => {
    const created = await adapter.createModel(
      { name: 'tagged', owner: 'team-a', requestId: 'request-1', tags: [{ key: 'tier', value: 'gold' }] },
      call(),
    );
    await owner.client.send(
      new AddTagsCommand({
        ResourceArn: created.nativeId,
        Tags: [{ Key: 'sagemaker:collection-path:1700000000000', Value: 'risk' }],
      }),
    );
    const shown = [
      { key: 'owner', value: 'team-a' },
      { key: 'tier', value: 'gold' },
    ];
    const [read] = await adapter.getModels([created.ref], call());
    const [listed] = await readAll(modelListing(adapter, { direction: 'ASC', filter: { names: ['tagged'] } }));
    expect([created.tags, read !== null && read !== undefined && 'tags' in read && read.tags, listed?.tags]).toEqual([
      shown,
      shown,
      shown,
    ]);
    expect(created.owner).toBe('team-a');
    const hidden = { key: 'sagemaker:collection-path:1700000000000' };
    expect(await readAll(modelListing(adapter, { direction: 'ASC', filter: { tags: [hidden] } }))).toEqual([]);
    for (const key of ['sagemaker:collection', 'registrar:request', 'aws:x']) {
      await expect(adapter.createModel({ name: 'no', tags: [{ key, value: 'x' }] }, call())).rejects.toThrow(
        InvalidInputError,
      );
    }
  });

  it('takes a duplicate for its own only by the request', async () => {
    const first = await adapter.createModel({ name: 'Once', requestId: 'a request with spaces' }, call());
    const { Tags } = await owner.client.send(new ListTagsCommand({ ResourceArn: first.nativeId }));
    expect(Tags).toHaveLength(1);
    expect(await adapter.createModel({ name: 'Once', requestId: 'a request with spaces' }, call())).toEqual(first);
    for (const input of [
      { name: 'Once', requestId: 'other' },
      { name: 'Once' },
      { name: 'ONCE', requestId: 'a request with spaces' },
    ]) {
      await expect(adapter.createModel(input, call())).rejects.toThrow(ConflictError);
    }
  });

  it('keeps all of a version and reads it back', async () => {
    await adapter.createModel({ name: 'whole' }, call());
    const lineage = {
      commit: 'abc123',
      repository: 'https://git.example.com/a?b=c',
      generatedBy: 'arn:aws:sagemaker:eu-west-1:123456789012:pipeline/p/execution/e1',
      trainingJob: 'arn:aws:sagemaker:eu-west-1:123456789012:training-job/t1',
      runId: 'run-1',
      dataset: 's3://data/set',
      sourceUri: 'arn:aws:sagemaker:eu-west-1:123456789012:model/m',
    };
    const inference = {
      contentTypes: ['text/csv'],
      responseTypes: ['application/json'],
      realtimeInstanceTypes: ['ml.m5.large'],
      batchInstanceTypes: ['ml.m5.xlarge'],
    };
    const folder = {
      ...artifact,
      uri: 's3://models/folder/',
      role: 'tokenizer',
      framework: 'PYTORCH',
      frameworkVersion: '2.1',
    };
    const version = await adapter.registerVersion(
      {
        model: ref('whole'),
        artifacts: [artifact, folder],
        lineage,
        inference,
        metadata: [{ key: 'auc', value: '0.91' }],
      },
      call(),
    );
    expect(version).toMatchObject({
      approvalStatus: 'PENDING',
      approvalStatusExplicit: true,
      approvalStatusSince: version.createdAt,
      artifacts: [artifact, folder],
      // A pipeline's execution is known by the form of what generated the version.
      lineage: { ...lineage, pipelineExecution: lineage.generatedBy },
      inference,
      metadata: [{ key: 'auc', value: '0.91' }],
      createdBy: { name: 'registrar/registrar', kind: 'UNKNOWN' },
    });
    expect((await readAll(versionListing(adapter, { ...NEWEST, model: ref('whole') })))[0]).toEqual(version);
  });

  it('refuses what AWS cannot hold, before the call', async () => {
    const attempt = (more: object) =>
      adapter.registerVersion({ model: ref('whole'), artifacts: [artifact], ...more }, call());
    for (const more of [
      { metadata: [{ key: 'json', value: '{"a":1}' }] },
      { metadata: [{ key: 'registrar.decision', value: 'x' }] },
      { description: 'two\nlines' },
      { artifacts: [{ ...artifact, uri: 'file:///tmp/model' }] },
      { lineage: { dataset: 's3://bucket/a,b' } },
      { inference: { realtimeInstanceTypes: ['ml.imaginary'] } },
    ]) {
      await expect(attempt(more), JSON.stringify(more)).rejects.toThrow(InvalidInputError);
    }
    await expect(attempt({ tags: [{ key: 'a', value: 'b' }] })).rejects.toThrow(UnsupportedError);
    await expect(
      adapter.registerVersion(
        { model: { ...ref('whole'), ownerAccount: '999999999999' }, artifacts: [artifact] },
        call(),
      ),
    ).rejects.toThrow(NotFoundError);
    const { items } = await adapter.listVersions({ ...NEWEST, model: ref('whole'), limit: 10 }, call());
    expect(items).toHaveLength(1);
  });

  it('reads on where Search sorts without regard to case', async () => {
    if (aws === null) return;
    const account = openAccount(aws);
    const names = ['beta', 'Alpha', 'alpha-2', 'Zeta', 'gamma', 'Beta-2'];
    for (const name of names)
      await account.client.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName: name }));
    ignoreCaseInOrder(account.client);
    await using folded = account.adapter({}, { clients: { sagemaker: account.client } });
    for (const limit of [1, 2, 10]) {
      const found = await walk(modelListing(folded, { direction: 'ASC' }), { limit });
      expect(found.map((model) => model.ref.name)).toEqual([...names].sort());
    }
  });

  it('names the IAM action that is missing', async () => {
    if (aws === null) return;
    await using proxy = await startFaultProxy(aws.endpoint);
    await using denied = owner.adapter({ endpoint: proxy.origin, stsEndpoint: aws.endpoint });
    // As the engine says it when its IAM is enforced; enforcing it would concern every test of this run.
    const message =
      'User: arn:aws:sts::123456789012:assumed-role/reader/registrar is not authorized to perform: sagemaker:Search on resource: * because no identity-based policy allows the sagemaker:Search action';
    proxy.inject(
      { kind: 'status', status: 400, json: { __type: 'AccessDeniedException', message } },
      { match: 'SageMaker.Search' },
    );
    const results = await denied.check(call());
    expect(results.filter(({ ok }) => !ok)).toEqual([
      { name: 'sagemaker:Search', ok: false, message: expect.stringContaining('sagemaker:Search') },
    ]);
    expect(results.find(({ ok }) => !ok)?.message).toContain(`${owner.id}:assumed-role/registrar`);
    await expect(
      denied.listModels({ order: { field: 'NAME', direction: 'ASC' }, limit: 1 }, call()),
    ).rejects.toMatchObject({
      missingPermission: 'sagemaker:Search',
      constructor: PermissionDeniedError,
    });
  });

  describe('groups shared by another account', () => {
    let reader: SageMakerAccount;
    let shared: RegistryAdapter;

    beforeAll(async () => {
      if (aws === null) return;
      reader = openAccount(aws);
      shared = reader.adapter({ sharedGroups: true }, { id: 'reader' });
      for (const name of ['common', 'from-owner', 'unlisted']) await adapter.createModel({ name }, call());
      for (const name of ['common', 'from-owner']) await share(owner, reader.id, name);
      for (const name of ['common', 'from-owner', 'from-owner']) {
        await adapter.registerVersion({ model: ref(name), artifacts: [artifact] }, call());
      }
      for (const name of ['a-own', 'common', 'z-own'])
        await reader.client.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName: name }));
      await reader.client.send(new CreateModelPackageCommand(packageOf('common')));
    });
    afterAll(async () => {
      await shared[Symbol.asyncDispose]();
      reader[Symbol.dispose]();
    });
    const theirs = (name: string) => ({ registryId: 'reader', name, ownerAccount: owner.id });
    const ours = (name: string) => ({ registryId: 'reader', name });

    it('are listed among the own ones, by name', async () => {
      const expected = [ours('a-own'), ours('common'), theirs('common'), theirs('from-owner'), ours('z-own')];
      for (const limit of [1, 2, 10]) {
        const found = await walk(modelListing(shared, { direction: 'ASC' }), { limit });
        expect(found.map((model) => model.ref)).toEqual(expected);
        const back = await walk(modelListing(shared, { direction: 'DESC' }), { limit });
        expect(back.map((model) => model.ref)).toEqual(expected.toReversed());
      }
    });

    it('are read by the ARN of their owner', async () => {
      const refs = [theirs('common'), ours('common'), theirs('from-owner'), theirs('unlisted'), theirs('missing')];
      for (const consistency of ['strong', 'eventual'] as const) {
        const models = await shared.getModels(refs, call({ consistency }));
        expect(models.map((model) => model !== null && 'ref' in model && model.ref)).toEqual([
          ...refs.slice(0, 3),
          false,
          false,
        ]);
      }
      const [latest, own] = await shared.getLatestVersions([theirs('from-owner'), ours('common')], call());
      expect(latest).toMatchObject({ ref: { ...theirs('from-owner'), version: '2' } });
      expect(own).toMatchObject({ ref: { ...ours('common'), version: '1' } });
      const [version] = await shared.getVersions([{ ...theirs('from-owner'), version: '1' }], call());
      expect(version).toMatchObject({ number: 1, ref: { ownerAccount: owner.id } });
      if (version === null || version === undefined || version instanceof Error)
        throw new Error('The version is missing.');
      expect(await shared.findVersion(version.nativeId, call())).toEqual(version);
    });

    it('have versions, in one order with the own ones', async () => {
      const expected = (await readAll(versionListing(shared, NEWEST))).map(({ ref: at }) => at);
      expect(expected).toHaveLength(4);
      expect(await readAll(versionListing(shared, { ...NEWEST, model: theirs('common') }))).toHaveLength(1);
      for (const limit of [1, 3]) {
        expect((await walk(versionListing(shared, NEWEST), { limit })).map(({ ref: at }) => at)).toEqual(expected);
      }
    });

    it('are left out where their account is a registry of its own, or where the option is off', async () => {
      const sibling = { id: 'owner', options: { region: aws?.region, roleArn: owner.roleArn } };
      for (const other of [
        reader.adapter({ sharedGroups: true }, { id: 'reader', siblings: [sibling] }),
        reader.adapter({}, { id: 'reader' }),
      ]) {
        await using registry = other;
        const models = await readAll(modelListing(registry, { direction: 'ASC' }));
        expect(models.map((model) => model.ref)).toEqual([ours('a-own'), ours('common'), ours('z-own')]);
        expect(await readAll(versionListing(registry, NEWEST))).toHaveLength(1);
        expect(await registry.getModels([theirs('common')], call())).toEqual([null]);
        expect(
          await registry.findVersion(`arn:aws:sagemaker:eu-west-1:${owner.id}:model-package/common/1`, call()),
        ).toBeNull();
      }
    });

    it('go when they are gone', async () => {
      await owner.client.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName: 'passing' }));
      await share(owner, reader.id, 'passing');
      expect(await shared.getModels([theirs('passing')], call())).toMatchObject([{ ref: theirs('passing') }]);
      await owner.client.send(new DeleteModelPackageGroupCommand({ ModelPackageGroupName: 'passing' }));
      expect(await shared.getModels([theirs('passing')], call())).toEqual([null]);
    });
  });
});

const artifact = {
  uri: 's3://models/m/model.tar.gz',
  image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1.7',
};

async function share({ id, client }: SageMakerAccount, withAccount: string, name: string): Promise<void> {
  const base = `arn:aws:sagemaker:${aws?.region}:${id}`;
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${withAccount}:root` },
    Action: ['DescribeModelPackageGroup', 'DescribeModelPackage', 'ListModelPackages', 'ListTags'].map(
      (action) => `sagemaker:${action}`,
    ),
    Resource: [`${base}:model-package-group/${name}`, `${base}:model-package/${name}/*`],
  };
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await client.send(new PutModelPackageGroupPolicyCommand({ ModelPackageGroupName: name, ResourcePolicy: policy }));
}

/** The engine's answers in the order of an index that ignores case, which nothing rules out for the real one. */
function ignoreCaseInOrder(client: SageMakerClient): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName !== 'SearchCommand') return next(args);
        const { NextToken, MaxResults = 100, ...rest }: SearchRequest = args.input as SearchRequest;
        const answer = await next({ ...args, input: { ...rest, MaxResults: 100 } as typeof args.input });
        const { Results = [], TotalHits } = answer.output as SearchResponse;
        const name = (result: (typeof Results)[number]) =>
          result.ModelPackageGroup?.ModelPackageGroupName?.toLowerCase() ?? '';
        const sorted = Results.toSorted((a, b) => (name(a) < name(b) ? -1 : 1));
        const start = Number(NextToken ?? 0);
        const end = start + MaxResults;
        const page: SearchResponse = { Results: sorted.slice(start, end), TotalHits };
        if (end < sorted.length) page.NextToken = String(end);
        return { ...answer, output: { ...answer.output, NextToken: undefined, ...page } };
      },
    { step: 'initialize' },
  );
}
