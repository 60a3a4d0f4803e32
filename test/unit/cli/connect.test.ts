import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './run-cli.js';

const QUEUE = 'https://sqs.eu-central-1.amazonaws.com/111122223333/registrar-events';
const CONFIG = `access: { anonymous: { role: admin } }
registries:
  - id: research
    kind: sagemaker
    options: { region: eu-central-1, accountId: '111122223333', events: { queueUrl: ${QUEUE} } }
  - id: production
    kind: sagemaker
    options: { region: eu-central-1, accountId: '444455556666' }
  - { id: demo, kind: memory }
`;

describe('registrar connect', () => {
  let directory: string;
  let file: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'registrar-connect-'));
    file = path.join(directory, 'registrar.yaml');
    await writeFile(file, CONFIG);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const connect = (...args: readonly string[]) => runCli(['connect', ...args, '--config', file]);

  it('prints all documents with their names', async () => {
    const { code, stdout, stderr } = await connect('sagemaker');
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toContain('### registrar-events-111122223333-eu-central-1.tf\n\n# Events of SageMaker');
    expect(stdout).toContain('### production-events.yaml');
  });

  it('prints one document alone as it is', async () => {
    const { code, stdout } = await connect('sagemaker', '-r', 'research', '-f', 'cloudformation');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ AWSTemplateFormatVersion: '2010-09-09' });
    const { stdout: others } = await connect('sagemaker', '-r', 'production', '-f', 'terraform');
    expect(others).toContain('account 444455556666');
    expect(others).not.toContain('111122223333');
  });

  it('writes files into a folder, which it makes', async () => {
    const folder = path.join(directory, 'made', 'for-it');
    const { code, stdout, stderr } = await connect('sagemaker', '-f', 'iam', '-o', folder);
    expect(code).toBe(0);
    expect(stdout).toBe('');
    const names = (await readdir(folder)).toSorted();
    expect(names).toContain('research-read.json');
    expect(
      stderr
        .trim()
        .split('\n')
        .map((name) => path.basename(name))
        .toSorted(),
    ).toEqual(names);
    expect(JSON.parse(await readFile(path.join(folder, 'research-write.json'), 'utf8'))).toMatchObject({
      Version: '2012-10-17',
    });
  });

  it.each<[string, readonly string[], string]>([
    ['a kind that is none', ['vertex'], 'There is no kind vertex. There are: sagemaker, mlflow, dynamodb, memory.'],
    ['a kind with nothing to set up', ['memory'], 'There is nothing to set up for memory.'],
    ['a registry that is not there', ['sagemaker', '-r', 'staging'], 'The config has no sagemaker registry staging.'],
    ['a registry of another kind', ['sagemaker', '-r', 'demo'], 'The config has no sagemaker registry demo.'],
    ['a format that is none', ['sagemaker', '-f', 'pulumi'], 'There is: terraform, cloudformation, iam, config.'],
    ['to apply what is not its own', ['sagemaker', '--apply'], 'This is not for the gateway to apply.'],
  ])('refuses %s', async (_, args, message) => {
    const { code, stdout, stderr } = await connect(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('says where it cannot write', async () => {
    const { code, stderr } = await connect('sagemaker', '-o', path.join(file, 'below-a-file'));
    expect(code).toBe(2);
    expect(stderr).toMatch(/cannot be written \(ENOTDIR\)/);
  });
});
