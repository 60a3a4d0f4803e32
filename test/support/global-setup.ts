import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { AWS_REGION, awsEngine } from '../../sandbox/engines/aws.js';
import { dynamodbLocalEngine } from '../../sandbox/engines/dynamodb-local.js';
import { type Engine, startEngine } from '../../sandbox/engines/engine.js';
import { createEncryptionKey, mlflowEngine } from '../../sandbox/engines/mlflow.js';
import { redisEngine } from '../../sandbox/engines/redis.js';
import { toolsDirectory } from '../../sandbox/paths.js';
import { anyFreePort } from '../../sandbox/ports.js';
import { createProgress } from '../../sandbox/progress.mjs';
import { createRunDirectory } from '../../sandbox/run-directory.mjs';
import { Supervisor } from '../../sandbox/supervisor.js';
import { prepareTools, type Tools } from '../../sandbox/tools.js';
import { type EngineName, selectedEngines } from './registries.mjs';

/** Starts each engine that this run needs, once, on free ports; ends them when the run ends, however it ends. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const tools = await prepareTools(selectedEngines, createProgress(process.stderr));
  const directory = await createRunDirectory(toolsDirectory);
  const supervisor = await Supervisor.open(directory, 'tests');
  const stop = async () => {
    await supervisor.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    project.provide('engines', await startAll(supervisor, tools, directory));
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

async function startAll(supervisor: Supervisor, tools: Tools, directory: string) {
  const start = async (name: EngineName, create: (port: number) => Engine): Promise<string | null> => {
    if (!selectedEngines.includes(name)) return null;
    const engine = create(await anyFreePort());
    await startEngine(supervisor, engine);
    return engine.url;
  };
  const redis = redisEngine({ ...tools.redis(), port: await anyFreePort(), directory: join(directory, 'redis') });
  const [aws, mlflow, dynamodb] = await Promise.all([
    start('aws', (port) => awsEngine({ python: tools.python(), port })),
    start('mlflow', (port) =>
      mlflowEngine({
        python: tools.python(),
        port,
        directory: join(directory, 'mlflow'),
        encryptionKey: createEncryptionKey(),
        // Test files run side by side, and each wants a registry with nothing in it.
        workspaces: true,
      }),
    ),
    start('dynamodb-local', (port) => dynamodbLocalEngine({ ...tools.dynamodbLocal(), port })),
    startEngine(supervisor, redis),
  ]);
  return {
    aws: aws === null ? null : { endpoint: aws, region: AWS_REGION },
    mlflow: mlflow === null ? null : { url: mlflow },
    dynamodb: dynamodb === null ? null : { endpoint: dynamodb, region: AWS_REGION },
    redis: { url: redis.url, installation: tools.redis() },
  };
}
