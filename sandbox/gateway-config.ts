import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { AWS_REGION } from './engines/aws.js';
import { projectRoot } from './paths.js';
import {
  ACCOUNTS,
  BUCKET,
  DYNAMODB_ID,
  MEMORY_ID,
  MLFLOW_ID,
  queueUrl,
  type SandboxAccount,
  TABLE,
  WEBHOOK_SECRET,
} from './registries.js';

/** Where the engines will be; the config is written, and the gateway answers, before any of them is up. */
export interface EngineUrls {
  readonly aws: string;
  readonly mlflow: string;
}

/** The sandbox's `registrar.yaml`. Without engines it serves the memory registry alone. */
export function writeGatewayConfig(file: string, port: number, engines: EngineUrls | null, seed: boolean): void {
  const registries = engines === null ? [memoryRegistry(seed)] : engineRegistries(engines, localGateway(port));
  // Nobody but this machine can reach it.
  const policies = engines === null ? [] : POLICIES;
  const config = {
    server: { host: '127.0.0.1', port },
    access: { anonymous: { role: 'admin' } },
    policies,
    registries,
  };
  writeFileSync(file, `# Written anew by every start of the sandbox.\n${stringify(config)}`);
}

/** Something to see in `approvalPreview`. Everybody is the same person here, so that nobody could approve what they registered. */
const POLICIES = [
  {
    id: 'production-models',
    registries: ACCOUNTS.filter(({ environment }) => environment === 'production').map(({ registryId }) => registryId),
    separationOfDuties: false,
    requiredEvidence: [{ report: 'MODEL_QUALITY' }, 'lineage.commit'],
    rules: [
      {
        name: 'not worse than production',
        when: "hasProduction && 'auc' in metrics",
        check: "metrics['auc'] >= production.metrics['auc'] - 0.005",
        onFail: 'review',
        description: 'AUC at most 0.005 below that of the version in production',
      },
    ],
  },
];

/** Where it is from this machine. */
export function localGateway(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/** Options of an account's registry, as the config has them. */
export function sageMakerOptionsOf(account: SandboxAccount, aws: string) {
  return {
    region: AWS_REGION,
    accountId: account.id,
    roleArn: account.roleArn,
    endpoint: aws,
    sharedGroups: true,
    // The emulator's Search knows at once what was written.
    indexLagSeconds: 0,
    events: { queueUrl: queueUrl(aws, account) },
    reports: { buckets: [`${BUCKET}/${account.id}/{model}/`] },
  };
}

function engineRegistries({ aws, mlflow }: EngineUrls, gateway: string): readonly unknown[] {
  const sagemaker = ACCOUNTS.map((account) => ({
    id: account.registryId,
    kind: 'sagemaker',
    displayName: account.displayName,
    labels: { environment: account.environment },
    options: sageMakerOptionsOf(account, aws),
  }));
  return [
    ...sagemaker,
    {
      id: MLFLOW_ID,
      kind: 'mlflow',
      displayName: 'MLflow',
      labels: { environment: 'dev' },
      options: { url: mlflow, webhook: { secret: `\${${WEBHOOK_SECRET}}`, url: gateway, manage: true } },
    },
    {
      id: DYNAMODB_ID,
      kind: 'dynamodb',
      displayName: 'Self-managed models',
      labels: { environment: 'production' },
      options: { table: TABLE, region: AWS_REGION, endpoint: aws, createTable: true, stream: true },
    },
  ];
}

function memoryRegistry(seed: boolean): unknown {
  const options = seed ? { seed: join(projectRoot, 'sandbox/seed/memory.json') } : {};
  return { id: MEMORY_ID, kind: 'memory', displayName: 'Demo models', labels: { environment: 'demo' }, options };
}
