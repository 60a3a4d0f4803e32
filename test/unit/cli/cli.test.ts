import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const BIN = path.resolve('dist/src/cli/bin.js');
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'registrar-cli-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function config(name: string, text: string): Promise<string> {
  const file = path.join(directory, name);
  await writeFile(file, `access: { anonymous: { role: admin } }\n${text}`);
  return file;
}

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [BIN, ...args], { cwd: directory }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

describe('registrar check', () => {
  it('is a program, for whoever has it linked already', async () => {
    expect((await stat(BIN)).mode & 0o111).toBe(0o111);
  });

  it('says that all is well, and exits with 0', async () => {
    const file = await config('good.yaml', 'registries: [{ id: demo, kind: memory }]');
    const text = await run('check', '--config', file);
    expect(text).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^demo \(MEMORY\) is well\n {2}ok {3}/),
      stderr: '',
    });
    const json = await run('check', '--json', '--config', file);
    expect(JSON.parse(json.stdout)).toMatchObject({ registries: [{ id: 'demo', ok: true, checks: [{ ok: true }] }] });
  });

  it('names what cannot be reached, and exits with 1', async () => {
    const file = await config(
      'down.yaml',
      'registries: [{ id: ml, kind: mlflow, options: { url: "http://127.0.0.1:9" } }, { id: demo, kind: memory }]',
    );
    const { code, stdout } = await run('check', '--config', file);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ml \(MLFLOW\) is NOT well\n {2}FAIL /);
    expect(stdout).toContain('demo (MEMORY) is well');
  });

  it('reports every fault of a config, and exits with 2', async () => {
    const file = await config('bad.yaml', 'server: { prot: 1 }\nregistries: [{ id: X, kind: memory }]');
    const { code, stderr } = await run('check', '--config', file);
    expect(code).toBe(2);
    expect(stderr).toContain('has 2 faults');
    expect(stderr).toMatch(/server\.prot: .*\n {2}registries\[0\]\.id: /);
    expect((await run('check', '--config', 'nowhere.yaml')).stderr).toContain('cannot be read (ENOENT)');
  });
});

describe('registrar serve', () => {
  it('serves until it is told to stop, then exits with 0', async () => {
    const file = await config('serve.yaml', 'server: { port: 0 }\nregistries: [{ id: demo, kind: memory }]');
    const child = spawn(process.execPath, [BIN, 'serve', '--config', file], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const url = /http:\S+/.exec(line.toString())?.[0] ?? '';
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ registries { id } }"}',
    });
    expect(await answer.json()).toEqual({ data: { registries: [{ id: 'demo' }] } });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('says so when its port is taken', async () => {
    const file = await config('first.yaml', 'server: { port: 0 }\nregistries: [{ id: demo, kind: memory }]');
    const child = spawn(process.execPath, [BIN, 'serve', '--config', file], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const port = /:(\d+)\//.exec(line.toString())?.[1] ?? '';
    const second = await run('serve', '--config', file, '--port', port);
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining(`Port ${port} on 127.0.0.1 is taken`) });
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
});

describe('registrar pending and approve', () => {
  it('ask the gateway that runs, and end with what a script goes by', async () => {
    const file = await config('asked.yaml', 'server: { port: 0 }\nregistries: [{ id: demo, kind: memory }]');
    const child = spawn(process.execPath, [BIN, 'serve', '--config', file], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const url = /http:\S+/.exec(line.toString())?.[0] ?? '';
    expect(await run('pending', '--url', url)).toEqual({ code: 0, stdout: '', stderr: 'Nothing is waiting.\n' });
    expect(await run('approve', '--yes', '--url', url, 'demo/churn/1')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^demo\/churn\/1: There is no such version .* \[NOT_FOUND\]\n$/),
    });
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(await run('pending', '--url', url)).toMatchObject({ code: 5, stdout: '' });
  });
});

describe('registrar serve where nothing can be kept', () => {
  it('exits with 2 and says what to do', async () => {
    const taken = await config('taken', '');
    const file = await config(
      'unkept.yaml',
      `server: { port: 0, stateDirectory: ${taken} }\nregistries: [{ id: demo, kind: memory }]`,
    );
    const { code, stderr } = await run('serve', '--config', file);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^The config has 1 fault:\n {2}server\.stateDirectory: .*give server\.cursorSecrets\.\n$/);
  });
});

describe('registrar called wrongly', () => {
  it.each([['nothing'], ['serve', '--port', 'x'], ['serve', '--nope']])(
    '%s exits with 2 and says what is right',
    async (...args) => {
      const { code, stderr } = await run(...args);
      expect(code).toBe(2);
      expect(stderr).toMatch(/error: /);
    },
  );
});
