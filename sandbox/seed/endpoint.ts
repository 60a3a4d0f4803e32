import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  ListEndpointsCommand,
} from '@aws-sdk/client-sagemaker';
import { AWS_REGION } from '../engines/aws.js';
import { PRODUCTION } from '../registries.js';
import type { AwsClients } from './aws-clients.js';

const ENDPOINT = 'payment-fraud-realtime';
const CONFIG = `${ENDPOINT}-2026-09`;
const GROUP = 'payment-fraud-detection';
const VARIANTS = [
  { name: 'champion', version: 4, weight: 0.9, instances: 4 },
  { name: 'challenger', version: 5, weight: 0.1, instances: 1 },
];

/** Serves two versions of the fraud model side by side. */
export async function seedEndpoint(clients: AwsClients): Promise<void> {
  const platform = clients.sagemaker(PRODUCTION, 'platform');
  const { Endpoints = [] } = await platform.send(new ListEndpointsCommand({ NameContains: ENDPOINT }));
  if (Endpoints.some(({ EndpointName }) => EndpointName === ENDPOINT)) return;
  const account = PRODUCTION.id;
  for (const { version } of VARIANTS) {
    const ModelPackageName = `arn:aws:sagemaker:${AWS_REGION}:${account}:model-package/${GROUP}/${version}`;
    const model = { ModelName: modelName(version), PrimaryContainer: { ModelPackageName } };
    await platform.send(new CreateModelCommand({ ...model, ExecutionRoleArn: `arn:aws:iam::${account}:role/serving` }));
  }
  const ProductionVariants = VARIANTS.map(({ name, version, weight, instances }) => ({
    VariantName: name,
    ModelName: modelName(version),
    InitialVariantWeight: weight,
    InitialInstanceCount: instances,
    InstanceType: 'ml.c6i.xlarge' as const,
  }));
  await platform.send(new CreateEndpointConfigCommand({ EndpointConfigName: CONFIG, ProductionVariants }));
  await platform.send(new CreateEndpointCommand({ EndpointName: ENDPOINT, EndpointConfigName: CONFIG }));
}

function modelName(version: number): string {
  return `${GROUP}-${version}`;
}
