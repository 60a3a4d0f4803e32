import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { AWS_CREDENTIALS, AWS_REGION } from '../engines/aws.js';
import type { SandboxAccount } from '../registries.js';

/** Who does what in an account: the registry shows it as the creator and the last to change a version. */
export type SessionName = 'training-pipeline' | 'model-risk-review' | 'platform';

export interface AwsClients extends Disposable {
  sagemaker(account: SandboxAccount, session: SessionName): SageMakerClient;
  s3(account: SandboxAccount): S3Client;
}

export function credentialsOf({ roleArn }: SandboxAccount, session: SessionName, endpoint: string) {
  return fromTemporaryCredentials({
    params: { RoleArn: roleArn, RoleSessionName: session },
    masterCredentials: AWS_CREDENTIALS,
    clientConfig: { region: AWS_REGION, endpoint },
  });
}

export function createAwsClients(endpoint: string): AwsClients {
  const made = new Map<string, SageMakerClient | S3Client>();
  const config = (account: SandboxAccount, session: SessionName) => ({
    region: AWS_REGION,
    endpoint,
    credentials: credentialsOf(account, session, endpoint),
  });
  const once = <C extends SageMakerClient | S3Client>(key: string, create: () => C): C => {
    const client = (made.get(key) as C | undefined) ?? create();
    made.set(key, client);
    return client;
  };
  return {
    sagemaker: (account, session) =>
      once(`${account.id} ${session}`, () => new SageMakerClient(config(account, session))),
    s3: (account) =>
      once(`${account.id} s3`, () => new S3Client({ ...config(account, 'training-pipeline'), forcePathStyle: true })),
    [Symbol.dispose]: () => {
      for (const client of made.values()) client.destroy();
    },
  };
}
