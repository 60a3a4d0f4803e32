// The sandbox, built and on Node 24: `start.mjs` is its door.

import { relative } from 'node:path';
import { PortTakenError } from './engines/engine.js';
import { stateDirectory } from './paths.js';
import { createProgress } from './progress.mjs';
import { EnvironmentError, findPython, PYTHON_HELP } from './python.js';
import { ACCOUNTS, MLFLOW_ID } from './registries.js';
import { type Sandbox, startSandbox } from './sandbox.js';
import { readSandboxFile, removeSandboxFile } from './sandbox-file.js';
import { onStopRequest } from './stop-request.js';
import { AlreadyRunningError, Supervisor } from './supervisor.js';

const ATTEMPTS = 5;
const WITHOUT_ENGINES = 'Until then the gateway serves a registry in memory instead of SageMaker, MLflow and DynamoDB.';

const startedAt = Date.now();
const progress = createProgress();
let supervisor: Supervisor | undefined;
let isStopping = false;

onStopRequest(() => stop(0));
try {
  const python = await findPython();
  if (python === null) progress.note(`${PYTHON_HELP}\n${WITHOUT_ENGINES}`);
  progress.note(summary(await start(python, 1)));
} catch (error) {
  // What fails because everything is being stopped is no fault.
  if (!isStopping) {
    process.stderr.write(`${explain(error)}\n`);
    await stop(1);
  }
}

async function start(python: string | null, attempt: number): Promise<Sandbox> {
  const opened = await Supervisor.open(stateDirectory, 'sandbox');
  supervisor = opened;
  try {
    return await startSandbox(opened, python, !process.argv.includes('--no-seed'), progress);
  } catch (error) {
    const canHelp = error instanceof PortTakenError || error instanceof EnvironmentError;
    if (isStopping || !canHelp || attempt === ATTEMPTS) throw error;
    await opened.stop();
    if (error instanceof EnvironmentError) {
      progress.note(`${error.message}\n${WITHOUT_ENGINES}`);
      return start(null, attempt + 1);
    }
    progress.note('Another program took a port at the same moment: starting again, on other ports.');
    return start(python, attempt + 1);
  }
}

async function stop(exitCode: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  if (supervisor !== undefined) {
    progress.note('Stopping …');
    await supervisor.stop();
    removeSandboxFile();
    progress.note('Stopped: no process is left.');
  }
  process.exit(exitCode);
}

function summary({ gateway, engines }: Sandbox): string {
  const query = '{ models(first: 50) { nodes { id latestVersion { version approvalStatus } } } }';
  const lines = [
    `\nRegistrar is up (${((Date.now() - startedAt) / 1000).toFixed(0)} s).\n`,
    `  GraphQL   ${gateway}/graphql`,
    '  Access    no sign-in: whoever reaches it from this machine is admin',
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

function explain(error: unknown): string {
  if (!(error instanceof AlreadyRunningError)) return error instanceof Error ? error.message : String(error);
  const gateway = readSandboxFile()?.gateway;
  const { pid } = error.supervisor;
  return gateway === undefined
    ? `The sandbox is just being started by process ${pid}.`
    : `The sandbox runs already: ${gateway}/graphql. To stop it: kill ${pid}`;
}
