import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { DescribeEndpointCommand, SearchCommand } from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { projectRoot } from '../../sandbox/paths.js';
import { anyFreePort } from '../../sandbox/ports.js';
import { ACCOUNTS, PRODUCTION } from '../../sandbox/registries.js';
import type { SandboxFile } from '../../sandbox/sandbox-file.js';
import { createAwsClients } from '../../sandbox/seed/aws-clients.js';
import { seedSandbox } from '../../sandbox/seed/index.js';
import { type ManagedProcess, Supervisor } from '../../sandbox/supervisor.js';
import { alive, output, SandboxProcess, until } from './sandbox-process.js';

const url = z.url({ protocol: /^http$/ });
const processRecord = z.strictObject({ name: z.string(), pid: z.int().positive(), startTime: z.iso.datetime() });
const account = z.strictObject({
  id: z.string().regex(/^\d{12}$/),
  registryId: z.string(),
  roleArn: z.string().startsWith('arn:aws:iam::'),
  queueUrl: url,
});
/** As its users were promised it. */
const sandboxFile = z.strictObject({
  gateway: url.refine((value) => !value.endsWith('/graphql')),
  aws: z.strictObject({ endpoint: url, region: z.string(), bucket: z.string(), accounts: z.array(account).length(2) }),
  mlflow: z.strictObject({ url, registryId: z.literal('mlflow') }),
  dynamodb: z.strictObject({ endpoint: url, table: z.string(), registryId: z.literal('in-house') }),
  redis: z.strictObject({ url: z.null() }),
  processes: z.array(processRecord),
});
const answer = z.object({ data: z.record(z.string(), z.unknown()) });

const DUMP = `{
  models(first: 100) { nodes { id owner updatedAt tags { key value } aliases { name version } } unavailable { registry { id } } }
  modelVersions(first: 100) { nodes { id updatedAt approvalStatus approvalStatusExplicit metadata { key value } } unavailable { registry { id } } }
}`;
const dumpShape = z.object({
  models: z.object({ nodes: z.array(z.object({ id: z.string() })), unavailable: z.array(z.unknown()) }),
  modelVersions: z.object({
    nodes: z.array(z.object({ id: z.string(), approvalStatus: z.string(), approvalStatusExplicit: z.boolean() })),
    unavailable: z.array(z.unknown()),
  }),
});

let directory: string;
let supervisor: Supervisor;
let npm: SandboxProcess;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'registrar-start-'));
  supervisor = await Supervisor.open(directory, 'start-test');
  npm = new SandboxProcess(supervisor, join(directory, 'state'));
});

afterAll(async () => {
  await supervisor.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('npm start', { timeout: 300_000 }, () => {
  let running: { readonly process: ManagedProcess; readonly sandbox: SandboxFile };
  let occupied: Server | undefined;

  it('brings everything up on free ports, and writes down what and where', async () => {
    occupied = await occupy(4000);
    running = await npm.up();
    const sandbox = sandboxFile.parse(running.sandbox);
    expect(sandbox.gateway).not.toMatch(/:4000$/);
    expect(statSync(npm.file).mode & 0o777).toBe(0o600);
    const names = sandbox.processes.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['gateway', 'aws', 'mlflow']));
    expect(alive(sandbox.processes)).toEqual(names);
    expect(output(running.process)).toContain(`${sandbox.gateway}/graphql`);
    expect(output(running.process)).toMatch(/Access .*no sign-in: .* admin/);
  });

  it('serves all registries with the seed in them', async () => {
    const registries = '{ registries { id health { status } } }';
    const expected = ['aws-research', 'aws-production', 'mlflow', 'in-house'].map((id) => ({
      id,
      health: { status: 'UP' },
    }));
    const found = await until(async () => {
      const { registries: list } = await ask(running.sandbox, registries);
      return JSON.stringify(list) === JSON.stringify(expected) ? list : undefined;
    });
    expect(found).toEqual(expected);

    const { models, modelVersions } = dumpShape.parse(await ask(running.sandbox, DUMP));
    expect([models.unavailable, modelVersions.unavailable]).toEqual([[], []]);
    const countOf = (nodes: readonly { id: string }[], registry: string) =>
      nodes.filter(({ id }) => id.startsWith(registry)).length;
    expect(countOf(modelVersions.nodes, 'aws-')).toBe(30);
    expect(countOf(models.nodes, 'aws-')).toBeGreaterThanOrEqual(4);
    expect(countOf(models.nodes, 'mlflow/')).toBe(5);
    expect(countOf(models.nodes, 'in-house/')).toBe(3);
    for (const registry of ['aws-research/', 'aws-production/', 'mlflow/', 'in-house/']) {
      const statuses = modelVersions.nodes
        .filter(({ id }) => id.startsWith(registry))
        .map((each) => each.approvalStatus);
      expect(new Set(statuses), registry).toEqual(new Set(['PENDING', 'APPROVED', 'REJECTED']));
    }
    expect(modelVersions.nodes.some((version) => !version.approvalStatusExplicit)).toBe(true);
  });

  it('has put the reports where the versions say, and serves two versions side by side', async () => {
    const { endpoint, bucket } = enginesOf(running.sandbox).aws;
    using clients = createAwsClients(endpoint);
    for (const account of ACCOUNTS) {
      const sagemaker = clients.sagemaker(account, 'platform');
      const packages = await sagemaker.send(new SearchCommand({ Resource: 'ModelPackage', MaxResults: 100 }));
      const uris = JSON.stringify(packages.Results).match(/s3:\/\/[^"]+\.json/g) ?? [];
      expect(uris.length).toBeGreaterThan(20);
      for (const uri of uris) {
        const Key = uri.replace(`s3://${bucket}/`, '');
        const object = await clients.s3(account).send(new GetObjectCommand({ Bucket: bucket, Key }));
        JSON.parse((await object.Body?.transformToString()) ?? '');
      }
    }
    const served = new DescribeEndpointCommand({ EndpointName: 'payment-fraud-realtime' });
    const { EndpointStatus, ProductionVariants } = await clients.sagemaker(PRODUCTION, 'platform').send(served);
    expect(EndpointStatus).toBe('InService');
    expect(ProductionVariants?.map(({ VariantName, CurrentWeight }) => [VariantName, CurrentWeight])).toEqual([
      ['champion', 0.9],
      ['challenger', 0.1],
    ]);
  });

  it('changes nothing when it seeds again', async () => {
    const { aws, mlflow } = enginesOf(running.sandbox);
    const before = await ask(running.sandbox, DUMP);
    await seedSandbox({ aws: aws.endpoint, mlflow: mlflow.url });
    expect(await ask(running.sandbox, DUMP)).toEqual(before);
  });

  it('is not started twice from one folder', async () => {
    const second = npm.start();
    expect(await second.ended).toMatchObject({ exitCode: 1 });
    expect(output(second)).toContain(`The sandbox runs already: ${running.sandbox.gateway}/graphql`);
    expect(alive(running.sandbox.processes)).toHaveLength(running.sandbox.processes.length);
  });

  it('leaves no process behind when it is told to end', async () => {
    process.kill(running.process.record.pid, 'SIGTERM');
    expect(await running.process.ended).toMatchObject({ exitCode: 0 });
    expect(alive(running.sandbox.processes)).toEqual([]);
    expect(existsSync(npm.file)).toBe(false);
    occupied?.close();
  });

  it('reuses the environment, and leaves the registries empty without a seed', async () => {
    running = await npm.up(['--no-seed']);
    expect(output(running.process)).not.toMatch(/Installing|Building/);
    const { models, modelVersions } = dumpShape.parse(await ask(running.sandbox, DUMP));
    expect([models.unavailable, modelVersions.unavailable]).toEqual([[], []]);
    expect([models.nodes, modelVersions.nodes]).toEqual([[], []]);
  });

  it('cleans up after a run that was killed together with its watchdog', async () => {
    const crashed = running.sandbox.processes;
    for (const name of ['watchdog', 'sandbox']) process.kill(pidOf(crashed, name), 'SIGKILL');
    await running.process.ended;
    expect(alive(crashed)).toEqual(['gateway', 'aws', 'mlflow']);
    running = await npm.up(['--no-seed']);
    expect(alive(crashed)).toEqual([]);
    expect(alive(running.sandbox.processes)).toHaveLength(running.sandbox.processes.length);
  });

  it('takes everything with it when it is killed', async () => {
    const { processes } = running.sandbox;
    process.kill(pidOf(processes, 'sandbox'), 'SIGKILL');
    await until(() => (alive(processes).length === 0 ? true : undefined));
    expect(await running.process.ended).toMatchObject({ exitCode: 137 });
  });

  it('starts without Python, with models in memory, and says what is missing', async () => {
    const { process: started, sandbox } = await npm.up([], { PATH: pathWithoutPython() });
    expect(sandbox).toMatchObject({ aws: null, mlflow: null, dynamodb: null, redis: { url: null } });
    expect(output(started)).toMatch(
      /Python 3\.11 or later .* was not found[\s\S]*apt-get install python3 python3-venv/,
    );
    const { models } = dumpShape.parse(await ask(sandbox, DUMP));
    expect(models.nodes.length).toBeGreaterThan(0);
    process.kill(started.record.pid, 'SIGTERM');
    expect(await started.ended).toMatchObject({ exitCode: 0 });
    expect(alive(sandbox.processes)).toEqual([]);
  });

  it('serves the registries of a config file and starts nothing else', async () => {
    const port = await anyFreePort();
    const file = join(directory, 'registrar.yaml');
    writeFileSync(
      file,
      `server: { host: 127.0.0.1, port: ${port} }\naccess: { anonymous: { role: admin } }\nregistries: [{ id: mine, kind: memory }]\n`,
    );
    const started = npm.start(['--config', file]);
    const gateway = { gateway: `http://127.0.0.1:${port}` };
    const registries = await until(() => ask(gateway, '{ registries { id } }').catch(() => undefined));
    expect(registries).toEqual({ registries: [{ id: 'mine' }] });
    expect(existsSync(npm.file)).toBe(false);
    process.kill(started.record.pid, 'SIGTERM');
    await started.ended;
    await expect(ask(gateway, '{ registries { id } }')).rejects.toThrow();
  });

  it('explains its options, and refuses others', async () => {
    const help = npm.start(['--help']);
    expect(await help.ended).toMatchObject({ exitCode: 0 });
    expect(output(help)).toContain('npm start -- --no-seed');
    const wrong = npm.start(['--no-seeds']);
    expect((await wrong.ended).exitCode).not.toBe(0);
    expect(output(wrong)).toMatch(/--no-seeds[\s\S]*npm start -- --no-seed/);
    const missing = npm.start(['--config', join(directory, 'missing.yaml')]);
    expect((await missing.ended).exitCode).not.toBe(0);
    expect(output(missing)).toContain('There is no file');
  });
});

function enginesOf({ aws, mlflow }: SandboxFile) {
  if (aws === null || mlflow === null) throw new Error('The sandbox has no engines.');
  return { aws, mlflow };
}

async function ask({ gateway }: Pick<SandboxFile, 'gateway'>, query: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${gateway}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return answer.parse(await response.json()).data;
}

/** Undefined where somebody has the port already, which serves as well. */
function occupy(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function pidOf(processes: SandboxFile['processes'], name: string): number {
  const found = processes.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no process ${name}.`);
  return found.pid;
}

/** A PATH that has what npm needs and nothing else. */
function pathWithoutPython(): string {
  const folder = join(directory, 'bin');
  mkdirSync(folder);
  const { PATH = '' } = process.env;
  for (const name of ['node', 'npm', 'sh', 'env']) {
    const found = PATH.split(delimiter)
      .map((each) => join(each, name))
      .find((each) => !each.startsWith(projectRoot) && existsSync(each));
    if (found !== undefined) symlinkSync(found, join(folder, name));
  }
  return folder;
}
