import { UpdateModelPackageCommand } from '@aws-sdk/client-sagemaker';
import type { ApprovalStatus, ModelVersionRecord } from '../../src/domain/model.js';
import type { ModelRef, VersionRef } from '../../src/domain/refs.js';
import type { CallOptions, NewVersion, RegistryAdapter } from '../../src/domain/registry.js';
import { engines } from '../support/engines.js';
import { createEventQueue } from '../support/event-queue.js';
import { openTable } from '../support/fixtures/dynamodb/harness.js';
import { openMlflow } from '../support/mlflow-registry.js';
import { openAccount } from '../support/sagemaker-account.js';
import type { ConfiguredRegistry } from './open-gateway.js';

/** A registry on its real engine, as a gateway is configured for it and as others see it. */
export interface SagaRegistry extends AsyncDisposable {
  readonly id: string;
  readonly configured: ConfiguredRegistry;
  /** Past every gateway. */
  readonly adapter: RegistryAdapter;
  readonly artifacts: NewVersion['artifacts'];
  /** Labels of the requests that write a decision, and that make a model and a version. */
  readonly wire: { readonly decide: string; readonly createModel: string; readonly registerVersion: string };
  /** How many requests write a decision: the mark and the status, or both in one. */
  readonly writes: 1 | 2;
  /**
   * Whether a request to make a version that arrives when it was given up and made anew makes no second one. MLflow does not know that two requests
   * are the same; whoever makes the second one looks for the first, and that has not arrived yet.
   */
  readonly createsOnce: boolean;
  /** Where its engine listens. */
  readonly origin: string;
  /** Configured to reach its engine through `origin`. */
  through(origin: string): ConfiguredRegistry;
  /** Has it tell of its changes by itself. @returns Options that a gateway needs besides, at whose URL a registry that calls reaches it. */
  listen(gateway: string): Promise<Readonly<Record<string, unknown>>>;
  /** By hand, with the upstream's own client. */
  setStatus(ref: VersionRef, status: ApprovalStatus): Promise<void>;
  deleteModel(ref: ModelRef): Promise<void>;
}

export function call(): CallOptions {
  return { signal: AbortSignal.timeout(20_000), priority: 'interactive', consistency: 'strong' };
}

/** False where `REGISTRIES` leaves nothing but what is in memory: then there is no process to kill over it, and no wire. */
export const hasEngines = [engines().aws, engines().mlflow, engines().dynamodb].some((engine) => engine !== null);

/** Those that this run has engines for. */
export async function openRegistries(): Promise<readonly SagaRegistry[]> {
  const { aws, mlflow, dynamodb } = engines();
  return Promise.all([
    ...(mlflow === null ? [] : [mlflowRegistry(mlflow.url)]),
    ...(aws === null ? [] : [sagemakerRegistry(aws)]),
    ...(dynamodb === null ? [] : [selfManagedRegistry(dynamodb)]),
  ]);
}

async function mlflowRegistry(url: string): Promise<SagaRegistry> {
  const opened = await openMlflow(url);
  const configured = (origin: string) => ({
    id: 'mlflow',
    kind: 'mlflow',
    options: { ...opened.options, url: origin },
  });
  return {
    id: 'mlflow',
    configured: configured(url),
    adapter: opened.adapter,
    artifacts: [{ uri: 's3://models/saga/model' }],
    wire: {
      decide: '/model-versions/set-tag',
      createModel: '/registered-models/create',
      registerVersion: '/model-versions/create',
    },
    writes: 2,
    createsOnce: false,
    origin: url,
    through: configured,
    listen: async (gateway) => ({ webhook: { secret: '${WEBHOOK_SECRET}', url: gateway, manage: true } }),
    setStatus: opened.setApprovalStatus,
    deleteModel: opened.deleteModel,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

async function sagemakerRegistry(engine: { endpoint: string; region: string }): Promise<SagaRegistry> {
  const account = openAccount(engine);
  const adapter = account.adapter();
  const configured = (origin: string) => ({
    id: 'sagemaker',
    kind: 'sagemaker',
    options: { region: engine.region, roleArn: account.roleArn, endpoint: origin, stsEndpoint: engine.endpoint },
  });
  const statuses = { PENDING: 'PendingManualApproval', APPROVED: 'Approved', REJECTED: 'Rejected' } as const;
  return {
    id: 'sagemaker',
    configured: configured(engine.endpoint),
    adapter,
    artifacts: [
      { uri: 's3://models/saga/model.tar.gz', image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1.7' },
    ],
    wire: {
      decide: 'SageMaker.UpdateModelPackage',
      createModel: 'SageMaker.CreateModelPackageGroup',
      registerVersion: 'SageMaker.CreateModelPackage',
    },
    writes: 1,
    createsOnce: true,
    origin: engine.endpoint,
    through: configured,
    async listen() {
      const { url } = await createEventQueue(engine, account, { maxReceiveCount: 5 });
      return { events: { queueUrl: url, endpoint: engine.endpoint }, indexLagSeconds: 0 };
    },
    async setStatus(ref, status) {
      const { nativeId } = await versionIn(adapter, ref);
      await account.client.send(
        new UpdateModelPackageCommand({ ModelPackageArn: nativeId, ModelApprovalStatus: statuses[status] }),
      );
    },
    deleteModel: (ref) => adapter.deleteModel(ref, call()),
    async [Symbol.asyncDispose]() {
      await adapter[Symbol.asyncDispose]();
      account[Symbol.dispose]();
    },
  };
}

async function selfManagedRegistry(engine: { endpoint: string; region: string }): Promise<SagaRegistry> {
  const opened = await openTable(engine);
  const { namespace: id, table } = opened;
  const configured = (origin: string) => ({
    id,
    kind: 'dynamodb',
    options: { region: engine.region, endpoint: origin, stsEndpoint: engine.endpoint, table },
  });
  const create = 'DynamoDB_20120810.TransactWriteItems';
  return {
    id,
    configured: configured(engine.endpoint),
    adapter: opened.adapter,
    artifacts: [{ uri: 's3://models/saga/model.tar.gz' }],
    wire: { decide: create, createModel: create, registerVersion: create },
    writes: 1,
    createsOnce: true,
    origin: engine.endpoint,
    through: configured,
    listen: async () => ({ stream: true }),
    setStatus: opened.setApprovalStatus,
    deleteModel: opened.deleteModel,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

/** What the registry says now. */
export async function versionIn(adapter: RegistryAdapter, ref: VersionRef): Promise<ModelVersionRecord> {
  const [found] = await adapter.getVersions([ref], call());
  if (found === undefined || found === null) throw new Error(`There is no ${ref.name}/${ref.version}.`);
  if (found instanceof Error) throw found;
  return found;
}
