import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { awsEngine } from './engines/aws.js';
import { describeEnd, type Engine, startEngine } from './engines/engine.js';
import { createEncryptionKey, mlflowEngine } from './engines/mlflow.js';
import { gatewayProcess } from './gateway.js';
import { type EngineUrls, writeGatewayConfig } from './gateway-config.js';
import { stateDirectory } from './paths.js';
import { freePortFrom } from './ports.js';
import type { Progress } from './progress.mjs';
import { ensureEnvironment } from './python.js';
import { untilRegistriesAreUp } from './registry-health.js';
import { removeSandboxFile, writeSandboxFile } from './sandbox-file.js';
import { seedSandbox } from './seed/index.js';
import { wireSageMakerEvents } from './seed/sagemaker-events.js';
import type { Supervisor } from './supervisor.js';

export interface Sandbox {
  readonly gateway: string;
  /** Null without Python. */
  readonly engines: EngineUrls | null;
}

const directory = join(stateDirectory, 'sandbox');
const GATEWAY_PORT = 4000;
const AWS_PORT = 4566;
const MLFLOW_PORT = 5000;

/** Brings everything up, the gateway first: it answers while the engines are still being installed and started. */
export async function startSandbox(
  supervisor: Supervisor,
  python: string | null,
  seed: boolean,
  progress: Progress,
): Promise<Sandbox> {
  removeSandboxFile();
  mkdirSync(directory, { recursive: true });
  const ports = {
    gateway: await freePortFrom(GATEWAY_PORT),
    aws: await freePortFrom(AWS_PORT),
    mlflow: await freePortFrom(MLFLOW_PORT),
  };
  const engines = python === null ? null : { aws: localUrl(ports.aws), mlflow: localUrl(ports.mlflow) };
  const configFile = join(directory, 'registrar.yaml');
  writeGatewayConfig(configFile, ports.gateway, engines, seed);
  const run = (title: string, engine: Engine) => startWatched(supervisor, title, engine, progress);

  const webhookSecret = kept('mlflow-webhook.secret', () => randomBytes(32).toString('hex'));
  const gateway = gatewayProcess(configFile, ports.gateway, webhookSecret);
  const graphql = () => `${gateway.url}/graphql`;
  await progress.step('Starting the gateway', () => run('The gateway', gateway), graphql);
  if (python !== null && engines !== null) {
    const environment = await ensureEnvironment(python, progress);
    const processes = engineProcesses(environment, ports, seed);
    const runAll = () => Promise.all(processes.map(({ title, engine }) => run(title, engine)));
    await progress.step('Starting AWS and MLflow', runAll);
    await progress.step('Connecting queues', () => wireSageMakerEvents(engines.aws));
    const whatItHolds = (what: string) => what;
    if (seed) await progress.step('Seeding', () => seedSandbox(engines), whatItHolds);
  }
  await progress.step('Waiting for the gateway to find the registries', () => untilRegistriesAreUp(gateway.url));
  writeSandboxFile(gateway.url, engines, supervisor.records);
  return { gateway: gateway.url, engines };
}

function engineProcesses(python: string, ports: { readonly aws: number; readonly mlflow: number }, seed: boolean) {
  // One key for as long as MLflow's database lives.
  const data = { directory: mlflowDirectory(seed), encryptionKey: kept('mlflow.key', createEncryptionKey) };
  return [
    { title: 'AWS', engine: awsEngine({ python, port: ports.aws }) },
    { title: 'MLflow', engine: mlflowEngine({ python, port: ports.mlflow, ...data }) },
  ];
}

/** Starts it, and from then on says so when it ends although nobody has asked it to. */
async function startWatched(supervisor: Supervisor, title: string, engine: Engine, progress: Progress): Promise<void> {
  const started = await startEngine(supervisor, engine);
  void started.ended.then(({ how }) => {
    if (!supervisor.isStopping) progress.note(`${title} is gone: ${describeEnd(started, how)}`);
  });
}

/** MLflow's data outlives a start; without a seed it begins empty each time, as AWS does. */
function mlflowDirectory(seed: boolean): string {
  if (seed) return join(directory, 'mlflow');
  const empty = join(directory, 'mlflow-no-seed');
  rmSync(empty, { recursive: true, force: true });
  return empty;
}

/** A secret that is made by the first start, and read by all that follow. */
function kept(name: string, create: () => string): string {
  const file = join(directory, name);
  if (!existsSync(file)) writeFileSync(file, create(), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

function localUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}
