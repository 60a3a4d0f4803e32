// The sandbox, built and on Node 24: `start.mjs` is its door.

import { relative } from 'node:path';
import { stateDirectory } from './paths.js';
import { createProgress } from './progress.mjs';
import { ACCOUNTS, MLFLOW_ID } from './registries.js';
import { type Sandbox, startSandbox } from './sandbox.js';
import { readSandboxFile, removeSandboxFile } from './sandbox-file.js';
import { onStopRequest } from './stop-request.js';
import { AlreadyRunningError, Supervisor } from './supervisor.js';

const startedAt = Date.now();
const progress = createProgress();

try {
  const supervisor = await Supervisor.open(stateDirectory, 'sandbox');
  onStopRequest(() => stop(supervisor, 0));
  try {
    const sandbox = await startSandbox(supervisor, !process.argv.includes('--no-seed'), progress);
    progress.note(summary(sandbox));
  } catch (error) {
    // What fails because everything is being stopped is no fault.
    if (!supervisor.isStopping) {
      tell(error);
      await stop(supervisor, 1);
    }
  }
} catch (error) {
  tell(error instanceof AlreadyRunningError ? alreadyRunning(error) : error);
  process.exit(1);
}

async function stop(supervisor: Supervisor, exitCode: number): Promise<void> {
  if (supervisor.isStopping) return;
  progress.note('Stopping …');
  await supervisor.stop();
  removeSandboxFile();
  progress.note('Stopped: no process is left.');
  process.exit(exitCode);
}

function summary({ gateway, engines }: Sandbox): string {
  const query = '{ models(first: 50) { nodes { id latestVersion { version approvalStatus } } } }';
  const lines = [
    `\nRegistrar is up (${((Date.now() - startedAt) / 1000).toFixed(0)} s).\n`,
    `  GraphQL   ${gateway}/graphql`,
    ...(engines === null
      ? []
      : [
          `  AWS       ${engines.aws} (${ACCOUNTS.map((account) => account.registryId).join(', ')})`,
          `  MLflow    ${engines.mlflow} (${MLFLOW_ID})`,
        ]),
    `  Logs      ${relative('', stateDirectory)}/logs`,
    '\nOpen the first in a browser, or ask:\n',
    `  curl -s ${gateway}/graphql -H 'content-type: application/json' -d '${JSON.stringify({ query })}'`,
    '\nCtrl-C ends all of it.',
  ];
  return lines.join('\n');
}

function alreadyRunning({ supervisor }: AlreadyRunningError): string {
  const gateway = readSandboxFile()?.gateway;
  return gateway === undefined
    ? `The sandbox is just being started by process ${supervisor.pid}.`
    : `The sandbox runs already: ${gateway}/graphql. To stop it: kill ${supervisor.pid}`;
}

function tell(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
}
