import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { AWS_REGION } from '../../sandbox/engines/aws.js';
import { dynamodbLocalEngine } from '../../sandbox/engines/dynamodb-local.js';
import { type Engine, startEngine } from '../../sandbox/engines/engine.js';
import { createEncryptionKey, mlflowEngine } from '../../sandbox/engines/mlflow.js';
import { anyFreePort } from '../../sandbox/ports.js';
import { createProgress } from '../../sandbox/progress.mjs';
import type { Supervisor } from '../../sandbox/supervisor.js';
import { type EngineName, prepareTools, type Tools } from '../../sandbox/tools.js';
import type { GatewaySetup } from '../saga/open-gateway.js';

export interface Case {
  readonly name: string;
  /** As the table's heading has it. */
  readonly title: string;
  readonly engines: readonly EngineName[];
  /** Its part of the time: what is slower needs more of it for as many rounds. */
  readonly weight: number;
  readonly governance: 'sqlite' | 'dynamodb';
  readonly registry: 'memory' | 'mlflow' | 'dynamodb';
}

/** The slowest last: what the others leave of their time is for it. */
export const CASES: readonly Case[] = [
  {
    name: 'sqlite-memory',
    title: 'Governance in a SQLite file, registry in memory',
    engines: [],
    weight: 1,
    governance: 'sqlite',
    registry: 'memory',
  },
  {
    name: 'sqlite-dynamodb',
    title: 'Governance in a SQLite file, registry in DynamoDB Local',
    engines: ['dynamodb-local'],
    weight: 1,
    governance: 'sqlite',
    registry: 'dynamodb',
  },
  {
    name: 'dynamodb-mlflow',
    title: 'Governance in DynamoDB Local, registry MLflow',
    engines: ['dynamodb-local', 'mlflow'],
    weight: 2,
    governance: 'dynamodb',
    registry: 'mlflow',
  },
];

/** Where the engines listen that some case needs. */
export type Urls = Readonly<Partial<Record<EngineName, string>>>;

export async function prepare(cases: readonly Case[]): Promise<Tools> {
  return prepareTools(enginesOf(cases), createProgress(process.stderr));
}

export async function startEngines(
  supervisor: Supervisor,
  tools: Tools,
  directory: string,
  cases: readonly Case[],
): Promise<Urls> {
  const start = async (name: EngineName): Promise<[EngineName, string]> => {
    const engine = engineOf(name, tools, directory, await anyFreePort());
    await startEngine(supervisor, engine);
    return [name, engine.url];
  };
  return Object.fromEntries(await Promise.all(enginesOf(cases).map(start)));
}

function enginesOf(cases: readonly Case[]): EngineName[] {
  return [...new Set(cases.flatMap(({ engines }) => engines))];
}

function engineOf(name: EngineName, tools: Tools, directory: string, port: number): Engine {
  if (name === 'dynamodb-local') return dynamodbLocalEngine({ ...tools.dynamodbLocal(), port });
  return mlflowEngine({
    python: tools.python(),
    port,
    directory: join(directory, 'mlflow'),
    encryptionKey: createEncryptionKey(),
  });
}

/** What the gateway and its floor are opened with. Each calls it: they share engines, and neither a table nor a file. */
export function setupOf({ governance, registry }: Case, urls: Urls, parent: string): GatewaySetup {
  const { privateKey } = generateKeyPairSync('ed25519');
  const table = () => ({
    region: AWS_REGION,
    endpoint: urls['dynamodb-local'],
    table: `bench-${randomUUID()}`,
    createTable: true,
  });
  const options = { memory: () => ({}), mlflow: () => ({ url: urls.mlflow }), dynamodb: table }[registry]();
  return {
    directory: mkdtempSync(join(parent, 'bench-')),
    registries: [{ id: registry, kind: registry, options }],
    governance: {
      store: { kind: governance, ...(governance === 'sqlite' ? {} : table()) },
      // Making the table, on a machine that is busy, takes longer than a call may.
      timeoutMs: 10_000,
      signing: { keyId: 'bench', privateKey: '${LEDGER_KEY}' },
    },
    ledgerKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    times: { startWithinMs: 5_000, sweepMs: 5_000, writeMs: 10_000 },
  };
}
