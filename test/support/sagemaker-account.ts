import { randomInt } from 'node:crypto';
import {
  CreateModelPackageCommand,
  type CreateModelPackageCommandInput,
  SageMakerClient,
  type SageMakerClientConfig,
} from '@aws-sdk/client-sagemaker';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import {
  createSageMakerAdapter,
  type SageMakerClients,
  type SageMakerOptions,
  sageMakerOptions,
} from '../../adapters/sagemaker/index.js';
import type { AdapterEnvironment, RegistryAdapter } from '../../src/domain/registry.js';

// The emulator takes any key; what counts is the account of the role that is assumed with it.
process.env['AWS_ACCESS_KEY_ID'] ??= 'registrar-tests';
process.env['AWS_SECRET_ACCESS_KEY'] ??= 'registrar-tests';

/** One account of the emulator that nobody else uses, with AWS's own client in it. */
export interface SageMakerAccount extends Disposable {
  readonly id: string;
  readonly roleArn: string;
  readonly client: SageMakerClient;
  adapter(options?: Partial<SageMakerOptions>, wiring?: Wiring): RegistryAdapter;
}

export interface Wiring {
  readonly id?: string;
  readonly clients?: SageMakerClients;
  readonly siblings?: AdapterEnvironment['siblings'];
}

export function openAccount({ endpoint, region }: { endpoint: string; region: string }): SageMakerAccount {
  const id = String(randomInt(1e11, 9e11)).padStart(12, '1');
  const roleArn = `arn:aws:iam::${id}:role/registrar`;
  const client = new SageMakerClient(clientConfig(endpoint, region, roleArn));
  return {
    id,
    roleArn,
    client,
    adapter: (options = {}, wiring = {}) =>
      createSageMakerAdapter(
        wiring.id ?? 'sagemaker',
        sageMakerOptions.parse({ endpoint, region, roleArn, ...options }),
        { siblings: wiring.siblings ?? [], baseDirectory: process.cwd() },
        wiring.clients,
      ),
    [Symbol.dispose]: () => client.destroy(),
  };
}

/** A version as teams register it with AWS's own client. */
export function packageOf(
  group: string,
  more: Partial<CreateModelPackageCommandInput> = {},
): CreateModelPackageCommandInput {
  return {
    ModelPackageGroupName: group,
    InferenceSpecification: {
      Containers: [
        {
          Image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1.7',
          ModelDataUrl: `s3://models/${group}/model.tar.gz`,
        },
      ],
    },
    ...more,
  };
}

/** Many versions of a group, some at a time: the emulator takes them one after the other anyway. */
export async function createPackages(client: SageMakerClient, group: string, count: number): Promise<void> {
  let left = count;
  const work = async () => {
    while (left > 0) {
      left -= 1;
      await client.send(new CreateModelPackageCommand(packageOf(group)));
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
}

function clientConfig(endpoint: string, region: string, roleArn: string): SageMakerClientConfig {
  return {
    endpoint,
    region,
    credentials: fromTemporaryCredentials({
      params: { RoleArn: roleArn, RoleSessionName: 'somebody-else' },
      clientConfig: { endpoint, region },
    }),
  };
}
