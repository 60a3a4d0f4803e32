import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, httpAnswers } from './engine.js';

export interface MlflowOptions {
  readonly python: string;
  readonly port: number;
  /** Where its database and artifacts are kept. */
  readonly directory: string;
  /** Encrypts the secrets of webhooks in the database: the same key is needed as long as the database lives. */
  readonly encryptionKey: string;
  /** Several registries in one server, told apart by a header. Default: false, as MLflow's own. */
  readonly workspaces?: boolean;
}

/** MLflow's own server: SQLite, artifacts on disk, webhooks to loopback. */
export function mlflowEngine({ python, port, directory, encryptionKey, workspaces = false }: MlflowOptions): Engine {
  const url = `http://127.0.0.1:${port}`;
  mkdirSync(directory, { recursive: true });
  const server = ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'];
  return {
    name: 'mlflow',
    command: python,
    args: [
      ...server,
      '--backend-store-uri',
      `sqlite:///${join(directory, 'mlflow.db')}`,
      '--artifacts-destination',
      join(directory, 'artifacts'),
    ],
    env: {
      // On by default, at eight more processes of 240 MB each.
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
      // It refuses to call plain HTTP and loopback otherwise.
      MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'http,https',
      MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true',
      // A new webhook would be silent for a minute; and what it remembers of one workspace's webhooks it takes for every other's.
      MLFLOW_WEBHOOK_CACHE_TTL: '0',
      MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: encryptionKey,
      MLFLOW_DISABLE_TELEMETRY: 'true',
      // Settings for the user's own MLflow must not reach this one.
      MLFLOW_TRACKING_URI: undefined,
      MLFLOW_REGISTRY_URI: undefined,
      MLFLOW_BACKEND_STORE_URI: undefined,
      MLFLOW_ENABLE_WORKSPACES: workspaces ? 'true' : undefined,
      PYTHONUNBUFFERED: '1',
    },
    url,
    answers: () => httpAnswers(`${url}/health`),
    readyText: url,
  };
}

/** A new Fernet key. */
export function createEncryptionKey(): string {
  return randomBytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
