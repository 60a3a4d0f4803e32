import { AWS_REGION } from './engines/aws.js';

// What the sandbox calls its registries: the generated config, the seed and sandbox.json agree on it here.

export interface SandboxAccount {
  readonly id: string;
  readonly registryId: string;
  readonly displayName: string;
  readonly environment: string;
  readonly roleArn: string;
}

export const RESEARCH = account('111122223333', 'research', 'dev');
export const PRODUCTION = account('444455556666', 'production', 'production');
export const ACCOUNTS: readonly SandboxAccount[] = [RESEARCH, PRODUCTION];

/** Of the research account: evaluation reports of both. */
export const BUCKET = 'registrar-sandbox-models';

/** In each account, filled by its own events. */
const QUEUE = 'registrar-events';

export function queueUrl(endpoint: string, { id }: SandboxAccount): string {
  return `${endpoint}/${id}/${QUEUE}`;
}

export const MLFLOW_ID = 'mlflow';
export const DYNAMODB_ID = 'in-house';
export const MEMORY_ID = 'demo';
export const TABLE = 'registrar-models';
/** Where the gateway finds what MLflow signs its webhook's deliveries with. */
export const WEBHOOK_SECRET = 'MLFLOW_WEBHOOK_SECRET';

function account(id: string, name: string, environment: string): SandboxAccount {
  return {
    id,
    registryId: `aws-${name}`,
    displayName: `SageMaker ${name} (${AWS_REGION})`,
    environment,
    roleArn: `arn:aws:iam::${id}:role/registrar`,
  };
}
