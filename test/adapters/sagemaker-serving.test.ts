import {
  type ContainerDefinition,
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  UpdateEndpointCommand,
} from '@aws-sdk/client-sagemaker';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TimeoutError } from '../../src/domain/errors.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import { call } from '../conformance/registry-walk.js';
import { rejection } from '../conformance/registry-writes.js';
import { engines } from '../support/engines.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { openAccount, type SageMakerAccount } from '../support/sagemaker-account.js';

const { aws } = engines();
const model = { registryId: 'sagemaker', name: 'Fraud' };
const variant = { VariantName: 'main', InstanceType: 'ml.m5.large', InitialInstanceCount: 1 } as const;

describe.skipIf(aws === null)(
  'what serves a version in SageMaker (skipped where REGISTRIES leaves its engine out)',
  () => {
    let account: SageMakerAccount;
    let proxy: FaultProxy;
    let adapter: RegistryAdapter;
    let one: ModelVersionRecord;
    let two: ModelVersionRecord;

    beforeEach(async () => {
      if (aws === null) return;
      account = openAccount(aws);
      proxy = await startFaultProxy(aws.endpoint);
      adapter = account.adapter({ endpoint: proxy.origin, stsEndpoint: aws.endpoint });
      await adapter.createModel({ name: model.name }, call());
      const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1.7';
      const register = () => adapter.registerVersion({ model, artifacts: [{ uri: 's3://m/a.tar.gz', image }] }, call());
      one = await register();
      two = await register();
      proxy.reset();
    });
    afterEach(async () => {
      await adapter[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      account[Symbol.dispose]();
    });

    const asked = () => adapter.getServing([one.ref, two.ref], call());
    const createModel = (
      name: string,
      containers: { PrimaryContainer: ContainerDefinition } | { Containers: ContainerDefinition[] },
    ) =>
      account.client.send(
        new CreateModelCommand({ ModelName: name, ExecutionRoleArn: account.roleArn, ...containers }),
      );
    const modelOf = ({ nativeId }: ModelVersionRecord, name: string) =>
      createModel(name, { PrimaryContainer: { ModelPackageName: nativeId } });
    const config = (name: string, models: readonly string[], shadows: readonly string[] = []) => {
      const variants = (names: readonly string[], prefix: string) =>
        names.map((ModelName, index) => ({ ...variant, VariantName: `${prefix}${index}`, ModelName }));
      return account.client.send(
        new CreateEndpointConfigCommand({
          EndpointConfigName: name,
          ProductionVariants: variants(models, 'v'),
          ...(shadows.length === 0 ? {} : { ShadowProductionVariants: variants(shadows, 's') }),
        }),
      );
    };
    const endpoint = (name: string, configName: string) =>
      account.client.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: configName }));
    /** An endpoint, its configuration and its model, all of one name. */
    const serve = async (version: ModelVersionRecord, name: string) => {
      await modelOf(version, name);
      await config(name, [name]);
      await endpoint(name, name);
    };

    it('is every endpoint with a variant of it, a shadow and a part of a pipeline of containers among them', async () => {
      await modelOf(one, 'first');
      await createModel('pipeline', {
        Containers: [{ Image: 'i', ModelDataUrl: 's3://m/a.tar.gz' }, { ModelPackageName: two.nativeId }],
      });
      await createModel('of-files', { PrimaryContainer: { Image: 'i', ModelDataUrl: 's3://m/a.tar.gz' } });
      await config('both', ['first', 'pipeline']);
      await config('shadowed', ['of-files'], ['first']);
      await config('unused', ['pipeline']);
      await endpoint('zulu', 'both');
      await endpoint('alpha', 'shadowed');
      expect(await asked()).toEqual([['alpha', 'zulu'], ['zulu']]);
      expect(await adapter.getServing([two.ref, { ...model, version: '9' }, two.ref], call())).toEqual([
        ['zulu'],
        [],
        ['zulu'],
      ]);
    });

    it('follows the endpoint as it changes and goes', async () => {
      await serve(one, 'live');
      expect(await asked()).toEqual([['live'], []]);
      await modelOf(two, 'next');
      await config('next', ['next']);
      await account.client.send(new UpdateEndpointCommand({ EndpointName: 'live', EndpointConfigName: 'next' }));
      expect(await asked()).toEqual([[], ['live']]);
      await account.client.send(new DeleteEndpointCommand({ EndpointName: 'live' }));
      expect(await asked()).toEqual([[], []]);
    });

    it('costs one call per endpoint once it is known what that runs, whatever number of versions is asked for', async () => {
      await serve(one, 'a');
      await endpoint('b', 'a');
      await asked();
      expect(proxy.counts()).toEqual({
        'SageMaker.ListEndpoints': 1,
        'SageMaker.DescribeEndpoint': 2,
        'SageMaker.DescribeEndpointConfig': 1,
        'SageMaker.DescribeModel': 1,
      });
      proxy.reset();
      expect(await adapter.getServing([one.ref, two.ref, one.ref], call())).toEqual([['a', 'b'], [], ['a', 'b']]);
      expect(proxy.counts()).toEqual({ 'SageMaker.ListEndpoints': 1, 'SageMaker.DescribeEndpoint': 2 });
    });

    it('does not take what was made anew under an old name for what an endpoint runs', async () => {
      await serve(one, 'live');
      expect(await asked()).toEqual([['live'], []]);
      await account.client.send(new DeleteEndpointConfigCommand({ EndpointConfigName: 'live' }));
      await account.client.send(new DeleteModelCommand({ ModelName: 'live' }));
      await modelOf(two, 'live');
      await config('live', ['live']);
      expect(await asked()).toEqual([['live'], []]);
      await account.client.send(new DeleteEndpointCommand({ EndpointName: 'live' }));
      await endpoint('live', 'live');
      expect(await asked()).toEqual([[], ['live']]);
    });

    it('asks nothing for what can be no version', async () => {
      const impossible = { ...model, name: 'no/name', version: '1' };
      expect(await adapter.getServing([impossible, { ...model, version: '01' }], call())).toEqual([[], []]);
      expect(await adapter.getServing([], call())).toEqual([]);
      expect(proxy.requests).toEqual([]);
    });

    it('is found on every page of endpoints', async () => {
      await modelOf(one, 'm');
      await config('c', ['m']);
      for (let index = 0; index < 101; index += 1) await endpoint(`e-${index}`, 'c');
      const [names] = await asked();
      expect(names).toHaveLength(101);
      expect(proxy.counts()).toMatchObject({
        'SageMaker.ListEndpoints': 2,
        'SageMaker.DescribeEndpoint': 101,
        'SageMaker.DescribeModel': 1,
      });
    });

    describe('with statuses that the engine passes through at once', () => {
      const shown = (status: string, more: object = {}) => ({
        EndpointName: 'live',
        EndpointArn: `arn:aws:sagemaker:eu-west-1:${account.id}:endpoint/live`,
        EndpointConfigName: 'live',
        EndpointStatus: status,
        CreationTime: 1_795_246_193,
        LastModifiedTime: 1_795_246_193,
        ...more,
      });
      const listAs = (status: string) =>
        proxy.inject(
          { kind: 'status', status: 200, json: { Endpoints: [shown(status)] } },
          { match: 'SageMaker.ListEndpoints' },
        );
      const describeAs = (status: string, more?: object) =>
        proxy.inject(
          { kind: 'status', status: 200, json: shown(status, more) },
          { match: 'SageMaker.DescribeEndpoint' },
        );

      it.each(['Creating', 'Updating', 'SystemUpdating', 'RollingBack', 'InService', 'UpdateRollbackFailed'])(
        'counts an endpoint that is %s',
        async (status) => {
          await serve(one, 'live');
          listAs(status);
          describeAs(status);
          expect(await asked()).toEqual([['live'], []]);
        },
      );

      it.each(['OutOfService', 'Failed', 'Deleting'])(
        'leaves out one that is %s, listed so or found so',
        async (status) => {
          await serve(one, 'live');
          listAs(status);
          expect(await asked()).toEqual([[], []]);
          expect(proxy.requests).toEqual(['SageMaker.ListEndpoints']);
          listAs('InService');
          describeAs(status);
          expect(await asked()).toEqual([[], []]);
        },
      );

      it('counts what is being deployed beside what is deployed', async () => {
        await serve(one, 'live');
        await modelOf(two, 'next');
        await config('next', ['next']);
        describeAs('Updating', { PendingDeploymentSummary: { EndpointConfigName: 'next' } });
        expect(await asked()).toEqual([['live'], ['live']]);
      });
    });

    describe('that cannot be told', () => {
      it.each([
        ['configuration', () => new DeleteEndpointConfigCommand({ EndpointConfigName: 'live' })],
        ['model', () => new DeleteModelCommand({ ModelName: 'live' })],
      ] as const)(
        'because the %s has been deleted, is an error for all but what certainly is served',
        async (what, gone) => {
          await serve(one, 'live');
          await serve(two, 'sure');
          await account.client.send(gone() as DeleteModelCommand);
          const [unknown, sure] = await asked();
          expect(unknown).toMatchObject({
            code: 'UPSTREAM_INVALID',
            registryId: 'sagemaker',
            operation: 'getServing',
            message: expect.stringContaining(`"live" runs the ${what} "live"`),
          });
          expect(sure).toEqual(['sure']);
        },
      );

      it('because a variant has no model of its own, is an error', async () => {
        const ExecutionRoleArn = account.roleArn;
        await account.client.send(
          new CreateEndpointConfigCommand({
            EndpointConfigName: 'parts',
            ProductionVariants: [variant],
            ExecutionRoleArn,
          }),
        );
        await endpoint('parts', 'parts');
        const [unknown] = await asked();
        expect(unknown).toMatchObject({
          code: 'UNSUPPORTED',
          message: expect.stringContaining('inference components'),
        });
      });

      it.each(['ListEndpoints', 'DescribeEndpoint', 'DescribeEndpointConfig', 'DescribeModel'])(
        'because the role lacks %s, is that error in the slots, and the check names it',
        async (action) => {
          await serve(one, 'live');
          const message = `User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: sagemaker:${action} on resource: *`;
          proxy.inject(
            { kind: 'status', status: 400, json: { __type: 'AccessDeniedException', message } },
            { match: `SageMaker.${action}` },
          );
          const missing = { code: 'FORBIDDEN', missingPermission: `sagemaker:${action}` };
          expect(await asked()).toMatchObject([missing, missing]);
          const failed = (await adapter.check(call())).filter(({ ok }) => !ok);
          expect(failed).toEqual([
            { name: `sagemaker:${action}`, ok: false, message: expect.stringContaining(`sagemaker:${action}`) },
          ]);
          proxy.reset();
          expect(await asked()).toEqual([['live'], []]);
          expect((await adapter.check(call())).every(({ ok }) => ok)).toBe(true);
        },
      );

      it('ends with the call', async () => {
        await serve(one, 'live');
        proxy.inject({ kind: 'hang' }, { match: 'SageMaker.DescribeModel' });
        const asking = adapter.getServing([one.ref], call({ signal: AbortSignal.timeout(300) }));
        expect(await rejection(asking)).toBeInstanceOf(TimeoutError);
      });
    });
  },
);
