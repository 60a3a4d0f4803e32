import type { EngineUrls } from '../gateway-config.js';
import { seedMlflow } from './mlflow.js';
import { seedSageMaker } from './sagemaker.js';
import { seedSelfManaged } from './self-managed.js';

/** Fills the registries with what a company would have; what is there already stays as it is. Says what they hold then. */
export async function seedSandbox({ aws, mlflow }: EngineUrls): Promise<string> {
  const parts = await Promise.all([seedSageMaker(aws), seedMlflow(mlflow), seedSelfManaged(aws)]);
  return parts.join('; ');
}
