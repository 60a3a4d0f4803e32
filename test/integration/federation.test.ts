import {
  CreateModelPackageCommand,
  CreateModelPackageGroupCommand,
  DeleteModelPackageCommand,
} from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '../support/engines.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { memoryRegistryOf, startGateway, type TestGateway } from '../support/gateway.js';
import { type OpenedMlflow, openMlflow } from '../support/mlflow-registry.js';
import { createPackages, openAccount, packageOf, type SageMakerAccount } from '../support/sagemaker-account.js';

const { aws, mlflow: mlflowEngine } = engines();
if (aws === null || mlflowEngine === null) throw new Error('These tests need the engines of a whole run.');

const call = { signal: new AbortController().signal, priority: 'background' } as const;
const DEADLINES = { listMs: 20_000, lookupMs: 20_000 };

async function createGroup(account: SageMakerAccount, name: string, versions: number): Promise<void> {
  await account.client.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName: name }));
  for (let i = 0; i < versions; i += 1) await account.client.send(new CreateModelPackageCommand(packageOf(name)));
}

describe('a walk over two accounts, MLflow and memory', () => {
  let first: SageMakerAccount;
  let second: SageMakerAccount;
  let mlflow: OpenedMlflow;
  let gateway: TestGateway;
  const memory = memoryRegistryOf('memory');

  beforeAll(async () => {
    first = openAccount(aws);
    second = openAccount(aws);
    mlflow = await openMlflow(mlflowEngine.url, 'mlflow');
    for (const account of [first, second]) {
      for (const name of ['churn', 'fraud', 'Zeta']) await createGroup(account, name, 4);
    }
    for (const registry of [mlflow.adapter, memory.adapter]) {
      for (const name of ['churn', 'risk π']) {
        await registry.createModel({ name }, call);
        for (let i = 0; i < 4; i += 1) await register(registry.id, name);
      }
    }
    gateway = await startGateway(
      [first.adapter({}, { id: 'first' }), second.adapter({}, { id: 'second' }), mlflow.adapter, memory.adapter],
      { deadlines: DEADLINES },
    );
  }, 120_000);
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    for (const account of [first, second]) account[Symbol.dispose]();
  });

  const register = async (registryId: string, name: string): Promise<void> => {
    const adapter = registryId === 'memory' ? memory.adapter : mlflow.adapter;
    await adapter.registerVersion({ model: { registryId, name }, artifacts: [{ uri: `s3://models/${name}` }] }, call);
  };

  /** One thing that other people do to the registries, another one each time. */
  const change = async (turn: number): Promise<{ deleted?: string }> => {
    const account = turn % 2 === 0 ? first : second;
    const number = 1 + (turn % 3);
    switch (turn % 5) {
      case 0:
        await account.client.send(new CreateModelPackageCommand(packageOf('churn')));
        return {};
      case 1:
        await account.client
          .send(
            new DeleteModelPackageCommand({
              ModelPackageName: `arn:aws:sagemaker:${aws.region}:${account.id}:model-package/fraud/${number}`,
            }),
          )
          .catch((error: Error) => {
            if (!/does not exist/.test(error.message)) throw error;
          });
        return { deleted: `${account === first ? 'first' : 'second'}/fraud/${number}` };
      case 2:
        await register('mlflow', 'churn');
        return {};
      case 3:
        memory.store.deleteVersion('risk π', number);
        return { deleted: `memory/${encodeURIComponent('risk π')}/${number}` };
      default:
        await register('memory', 'churn');
        return {};
    }
  };

  it.each([1, 3, 7])(
    'at page size %i gives what is there throughout exactly once',
    async (first) => {
      const list = async (args: string) => {
        const { data, errors } = await gateway.query(
          `{ modelVersions(${args}) { nodes { id } unavailable { registry { id } } pageInfo { hasNextPage endCursor } } }`,
        );
        expect(errors).toEqual([]);
        expect(data.modelVersions.unavailable).toEqual([]);
        return data.modelVersions;
      };
      const before: string[] = (await list('first: 200')).nodes.map(({ id }: { id: string }) => id);
      const throughout = new Set(before);
      const seen: string[] = [];
      let after = '';
      for (let turn = 0; turn < 200; turn += 1) {
        const page = await list(`first: ${first}${after}`);
        seen.push(...page.nodes.map(({ id }: { id: string }) => id));
        if (!page.pageInfo.hasNextPage) break;
        after = `, after: "${page.pageInfo.endCursor}"`;
        const { deleted } = await change(turn);
        if (deleted !== undefined) throughout.delete(deleted);
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect([...throughout].filter((id) => !seen.includes(id))).toEqual([]);
      expect(throughout.size).toBeGreaterThan(20);
    },
    60_000,
  );

  it('lists models by the bytes of their names, forward and backward', async () => {
    const { data } = await gateway.query('{ models { nodes { id } } back: models(last: 200) { nodes { id } } }');
    const expected = [
      'first/Zeta',
      'second/Zeta',
      'first/churn',
      'memory/churn',
      'mlflow/churn',
      'second/churn',
      'first/fraud',
      'second/fraud',
      'memory/risk%20%CF%80',
      'mlflow/risk%20%CF%80',
    ];
    expect(data.models.nodes.map(({ id }: { id: string }) => id)).toEqual(expected);
    expect(data.back.nodes.map(({ id }: { id: string }) => id)).toEqual(expected);
  });
});

describe('a dashboard while one group has 1,200 new versions', () => {
  let account: SageMakerAccount;
  let proxy: FaultProxy;
  let gateway: TestGateway;
  beforeAll(async () => {
    account = openAccount(aws);
    for (let i = 0; i < 20; i += 1) await createGroup(account, `quiet-${i}`, 1);
    await createGroup(account, 'busy', 0);
    await createPackages(account.client, 'busy', 1200);
    proxy = await startFaultProxy(aws.endpoint);
    gateway = await startGateway([account.adapter({ endpoint: proxy.origin }, { id: 'crowded' })], {
      deadlines: DEADLINES,
    });
  }, 180_000);
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    account[Symbol.dispose]();
  });

  it.each(['latestVersion', 'latestApprovedVersion'])(
    '%s takes at most five pages of Search more than the list',
    async (field) => {
      await gateway.query('{ models(first: 1) { nodes { id } } }');
      proxy.reset();
      const { data, errors } = await gateway.query(`{ models(first: 50) { nodes { id ${field} { version } } } }`);
      expect(errors).toEqual([]);
      expect(proxy.counts()['SageMaker.Search']).toBeLessThanOrEqual(1 + 5);
      expect(Object.keys(proxy.counts())).toEqual(['SageMaker.Search']);
      const busy = data.models.nodes.find(({ id }: { id: string }) => id === 'crowded/busy');
      expect(busy[field]).toEqual(field === 'latestVersion' ? { version: '1200' } : null);
      expect(data.models.nodes.filter((node: Record<string, unknown>) => node[field] !== null)).toHaveLength(
        field === 'latestVersion' ? 21 : 0,
      );
    },
  );
});
