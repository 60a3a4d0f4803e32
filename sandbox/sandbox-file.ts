import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AWS_REGION } from './engines/aws.js';
import type { EngineUrls } from './gateway-config.js';
import { stateDirectory } from './paths.js';
import { type ProcessRecord, workerOf, writeJsonWhole } from './process-table.mjs';
import { ACCOUNTS, BUCKET, DYNAMODB_ID, MLFLOW_ID, queueUrl, TABLE } from './registries.js';

/** What a running sandbox consists of, for programs that use it: `sandbox.json`. It is there while everything is up. */
export interface SandboxFile {
  /** Base URL, without `/graphql`. */
  readonly gateway: string;
  readonly aws: {
    readonly endpoint: string;
    readonly region: string;
    readonly bucket: string;
    readonly accounts: readonly {
      readonly id: string;
      readonly registryId: string;
      readonly roleArn: string;
      /** Of the queue that gets the events of the account, and is read by the gateway. */
      readonly queueUrl: string;
    }[];
  } | null;
  readonly mlflow: { readonly url: string; readonly registryId: string } | null;
  readonly dynamodb: { readonly endpoint: string; readonly table: string; readonly registryId: string } | null;
  readonly redis: { readonly url: string | null };
  readonly processes: readonly ProcessRecord[];
}

const file = join(stateDirectory, 'sandbox.json');
const MLFLOW_PROCESS = 'mlflow';

export function writeSandboxFile(
  gateway: string,
  engines: EngineUrls | null,
  processes: readonly ProcessRecord[],
): void {
  const accountsAt = (endpoint: string) =>
    ACCOUNTS.map((account) => {
      const { id, registryId, roleArn } = account;
      return { id, registryId, roleArn, queueUrl: queueUrl(endpoint, account) };
    });
  const value: SandboxFile = {
    gateway,
    aws: engines && { endpoint: engines.aws, region: AWS_REGION, bucket: BUCKET, accounts: accountsAt(engines.aws) },
    mlflow: engines && { url: engines.mlflow, registryId: MLFLOW_ID },
    dynamodb: engines && { endpoint: engines.aws, table: TABLE, registryId: DYNAMODB_ID },
    redis: { url: null },
    // `mlflow server` starts its web server as a process of its own, and that is the one to stop or to look at.
    processes: processes.map((record) => (record.name === MLFLOW_PROCESS ? workerOf(record) : record)),
  };
  writeJsonWhole(file, value);
}

export function readSandboxFile(): SandboxFile | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SandboxFile;
  } catch {
    return null;
  }
}

export function removeSandboxFile(): void {
  rmSync(file, { force: true });
}
