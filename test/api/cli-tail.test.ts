import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from '../../src/cli/main.js';
import { startCutter } from '../notify/cutter.js';
import { startGateway } from '../support/gateway.js';
import { runAs } from './cli-support.js';
import { type Desk, openDesk, sampleRegistry } from './support.js';

const VERSIONS = 12;
// Nothing has crawled the registry, so the journal hears of each version for the first time.
let desk: Desk;
let directory: string;
beforeAll(async () => {
  const statuses = Array.from({ length: VERSIONS }, () => 'PENDING' as const);
  desk = await openDesk({
    models: [
      { name: 'churn', statuses },
      { name: 'fraud', statuses: ['PENDING'] },
    ],
  });
  directory = await mkdtemp(path.join(tmpdir(), 'registrar-tail-'));
});
afterAll(async () => {
  await desk[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

let next = 0;
/** Approves versions of `churn` that were PENDING. @returns Their ids. */
async function approve(count = 1): Promise<string[]> {
  const ids: string[] = [];
  for (let left = count; left > 0; left -= 1) {
    next += 1;
    const modelVersionId = `east/churn/${next}`;
    const { error } = await desk.mutate('ana', 'approveModelVersion', { modelVersionId, expectedStatus: 'PENDING' });
    expect(error).toBeUndefined();
    ids.push(modelVersionId);
  }
  return ids;
}

const cursorNow = async (): Promise<string> => (await desk.ask('vera', '{ changesCursor }')).data.changesCursor;
const tail = (...args: readonly string[]) => runAs(desk, 'vera', ['tail', ...args]);
const jsonOf = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const STATUS = ['--type', 'VERSION_STATUS'];

describe('registrar tail', () => {
  it('prints a line for each change that is asked for', async () => {
    const after = await cursorNow();
    const [first, second] = await approve(2);
    await desk.mutate('ana', 'rejectModelVersion', { modelVersionId: 'east/fraud/1', expectedStatus: 'PENDING' });
    const { code, stdout, stderr } = await tail('--after', after, '-n', '3', ...STATUS);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'Listening.\n' });
    const lines = stdout.trim().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(new RegExp(`^\\S+Z  VERSION_STATUS  ${first}  - -> APPROVED  by ana@example\\.com$`)),
      expect.stringContaining(`  ${second}  `),
      expect.stringContaining('  east/fraud/1  - -> REJECTED  '),
    ]);
    const { stdout: rejected } = await tail('--after', after, '-n', '1', '--to', 'REJECTED');
    expect(rejected).toBe(`${lines[2]}\n`);
    const { stdout: ofModel } = await tail('--after', after, '-n', '1', '-m', 'FRA*', '-r', 'east', ...STATUS);
    expect(ofModel).toBe(`${lines[2]}\n`);
  });

  it('prints JSON as the API has it, and what happened since a time before what comes', async () => {
    const since = new Date().toISOString();
    const ids = await approve(2);
    const { code, stdout } = await tail('--since', since, '-n', '2', '--json', ...STATUS);
    expect(code).toBe(0);
    expect(jsonOf(stdout)).toEqual(
      ids.map((modelVersionId) =>
        expect.objectContaining({
          __typename: 'ModelVersionStatusChanged',
          id: expect.stringMatching(/^change:/),
          cursor: expect.any(String),
          modelVersionId,
          previousStatus: null,
          status: 'APPROVED',
          evidence: ['SELF'],
        }),
      ),
    );
    const running = tail('--since', since, '-n', '3', '--json', ...STATUS);
    const [last] = await approve(1);
    const { stdout: all } = await running;
    expect(jsonOf(all).map(({ modelVersionId }) => modelVersionId)).toEqual([...ids, last]);
  });

  it('shows what others have written without letting it touch the screen', async () => {
    const after = await cursorNow();
    const input = { modelVersionId: 'east/churn/1', setTags: [{ key: 'a\u001b[31m\nb', value: '1' }] };
    expect((await desk.mutate('dora', 'updateModelVersion', input)).error).toBeUndefined();
    const { stdout } = await tail('--after', after, '-n', '1', '--type', 'VERSION_UPDATED');
    expect(stdout).toContain('tags.a\\u001b[31m\\u000ab');
    expect(stdout.trim().split('\n')).toHaveLength(1);
  });

  it('goes on where it was, from a file', async () => {
    const file = path.join(directory, 'cursor');
    const after = await cursorNow();
    const ids = await approve(3);
    const run = async (count: number) => {
      const args = ['--cursor-file', file, '--after', after, '-n', String(count), '--json', ...STATUS];
      const { code, stdout } = await tail(...args);
      expect(code).toBe(0);
      return jsonOf(stdout);
    };
    const [one] = await run(1);
    expect(await readFile(file, 'utf8')).toBe(`${one.cursor}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const rest = await run(2);
    expect([one, ...rest].map(({ modelVersionId }) => modelVersionId)).toEqual(ids);

    await writeFile(file, 'not a cursor');
    expect(await tail('--cursor-file', file)).toMatchObject({ code: 2, stderr: expect.stringContaining('no cursor') });
    const nowhere = path.join(directory, 'no', 'such', 'folder');
    expect(await tail('--cursor-file', nowhere, '--after', after, '-n', '1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('cannot be written (ENOENT)'),
    });
  });

  it('goes on over lost connections, and misses and repeats nothing', async () => {
    await using cutter = await startCutter(desk.gateway.url);
    const after = await cursorNow();
    const stdout = new PassThrough({ encoding: 'utf8' });
    const stderr = new PassThrough({ encoding: 'utf8' });
    const seen: string[] = [];
    const said: string[] = [];
    stdout.on('data', (text: string) => seen.push(...jsonOf(text).map(({ modelVersionId }) => modelVersionId)));
    stderr.on('data', (text: string) => said.push(text));
    const env = { REGISTRAR_URL: `${cutter.url}/graphql`, REGISTRAR_TOKEN: await desk.token('vera') };
    const args = ['tail', '--json', '--after', after, '-n', '3', ...STATUS];
    const running = main(args, { stdin: new PassThrough(), stdout, stderr, env });
    const [first] = await approve(1);
    await vi.waitFor(() => expect(seen).toEqual([first]), { timeout: 5000 });
    cutter.cut();
    const rest = await approve(2);
    expect(await running).toBe(0);
    expect(seen).toEqual([first, ...rest]);
    expect(cutter.connections).toBe(2);
    expect(said.join('')).toMatch(/cannot be reached .* Trying again\.\nListening\.\n$/);
  });

  it('says a gap aloud', async () => {
    await using other = await startGateway([await sampleRegistry('east', [])]);
    const { changesCursor } = (await other.query('{ changesCursor }')).data;
    const running = tail('--after', changesCursor, '-n', '1', '--json', ...STATUS);
    // What is asked of before it listens is before the gap: something has to come after.
    const approving = setInterval(() => next < VERSIONS && void approve(1), 300);
    const { code, stdout, stderr } = await running;
    clearInterval(approving);
    expect(code).toBe(0);
    expect(stderr).toMatch(/GAP: changes until \S+ are missing\. .*Look at the registries/);
    expect(jsonOf(stdout).map(({ __typename }) => __typename)).toEqual(['JournalGap', 'ModelVersionStatusChanged']);
  });

  it('says what is wrong, and ends with what others end with', async () => {
    expect(await tail('--after', 'nonsense')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/BAD_USER_INPUT/),
    });
    expect(await tail('--type', 'NEWS')).toMatchObject({ code: 2, stderr: expect.stringContaining('VERSION_STATUS') });
    expect(await tail('--since', 'yesterday')).toMatchObject({ code: 2 });
    expect(await tail('--since', '2026-11-20', '--after', 'x')).toMatchObject({ code: 2 });
    const env = { REGISTRAR_TOKEN: 'wrong' };
    expect(await runAs(desk, 'vera', ['tail'], { env })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('UNAUTHENTICATED'),
    });
    expect(await tail('--url', 'http://127.0.0.1:1/graphql')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('cannot be reached (ECONNREFUSED)'),
    });
    expect(await tail('--url', `${desk.gateway.url}/elsewhere`)).toMatchObject({ code: 1 });
  });
});
