import { type DynamodbLocalInstallation, ensureDynamodbLocal } from './dynamodb-local-installation.js';
import type { Progress } from './progress.mjs';
import { ensureEnvironment, findPython, PYTHON_HELP } from './python.js';
import { ensureRedis, type RedisInstallation } from './redis.js';

export type EngineName = 'aws' | 'mlflow' | 'dynamodb-local' | 'redis';

/** What the engines run on; each throws for an engine that was not prepared. */
export interface Tools {
  python(): string;
  dynamodbLocal(): DynamodbLocalInstallation;
  redis(): RedisInstallation;
}

/** Installs what these engines need and is not there yet. */
export async function prepareTools(engines: readonly EngineName[], progress: Progress): Promise<Tools> {
  const python = engines.includes('aws') || engines.includes('mlflow') ? await preparePython(progress) : null;
  const dynamodbLocal = engines.includes('dynamodb-local') ? await ensureDynamodbLocal(progress) : null;
  const redis = engines.includes('redis') ? await ensureRedis(progress) : null;
  return {
    python: () => prepared(python, 'Python'),
    dynamodbLocal: () => prepared(dynamodbLocal, 'DynamoDB Local'),
    redis: () => prepared(redis, 'Redis'),
  };
}

async function preparePython(progress: Progress): Promise<string> {
  const python = await findPython();
  if (python === null) throw new Error(PYTHON_HELP);
  return ensureEnvironment(python, progress);
}

function prepared<T>(tool: T | null, name: string): T {
  if (tool === null) throw new Error(`${name} was not prepared for this run.`);
  return tool;
}
