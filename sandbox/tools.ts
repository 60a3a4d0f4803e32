import { type DynamodbLocalInstallation, ensureDynamodbLocal } from './dynamodb-local-installation.js';
import type { Progress } from './progress.mjs';
import { ensureEnvironment, findPython, PYTHON_HELP } from './python.js';

export type EngineName = 'aws' | 'mlflow' | 'dynamodb-local';

/** What the engines run on; each throws for an engine that was not prepared. */
export interface Tools {
  python(): string;
  dynamodbLocal(): DynamodbLocalInstallation;
}

/** Installs what these engines need and is not there yet. */
export async function prepareTools(engines: readonly EngineName[], progress: Progress): Promise<Tools> {
  const python = engines.includes('aws') || engines.includes('mlflow') ? await preparePython(progress) : null;
  const dynamodbLocal = engines.includes('dynamodb-local') ? await ensureDynamodbLocal(progress) : null;
  return { python: () => prepared(python, 'Python'), dynamodbLocal: () => prepared(dynamodbLocal, 'DynamoDB Local') };
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
