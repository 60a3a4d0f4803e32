import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidInputError, TimeoutError } from '../../src/domain/errors.js';
import { decisionsOf, runAs, statusOf } from './cli-support.js';
import { type Desk, type DeskOptions, openDesk } from './support.js';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

async function opened(options: DeskOptions): Promise<Desk> {
  const desk = await openDesk(options);
  open.push(desk);
  return desk;
}

describe('registrar approve, reject and reset', () => {
  let desk: Desk;
  beforeEach(async () => {
    desk = await opened({
      models: [{ name: 'churn', statuses: ['PENDING', 'PENDING', 'APPROVED', 'REJECTED'] }],
      policies: [{ id: 'careful', models: ['churn'], separationOfDuties: true }],
    });
  });

  it('shows what it will do, does it, and prints the decision', async () => {
    const { code, stdout, stderr } = await runAs(desk, 'ana', ['approve', 'east/churn/1', '-m', 'looks good', '--yes']);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'east/churn/1: PENDING -> APPROVED (policy careful: ALLOW)\n',
    });
    const [decision] = await decisionsOf(desk, 'east/churn/1');
    expect(decision).toMatchObject({ to: 'APPROVED', comment: 'looks good', actor: { name: 'ana@example.com' } });
    const row = `east/churn/1  PENDING  APPROVED  WRITTEN  ${decision.id}`;
    expect(stdout).toBe(`ID            FROM     TO        STATE    APPROVAL\n${row}\n`);
    expect(statusOf(desk, 1)).toBe('APPROVED');
  });

  it('rejects, and sets back', async () => {
    expect(await runAs(desk, 'ana', ['reject', '-y', '--expect', 'pending', 'east/churn/1'])).toMatchObject({
      code: 0,
    });
    expect(statusOf(desk, 1)).toBe('REJECTED');
    const reset = await runAs(desk, 'ana', ['reset', '-y', '--json', 'east/churn/1']);
    expect(JSON.parse(reset.stdout)).toEqual({
      decisions: [
        {
          id: 'east/churn/1',
          exitCode: 0,
          approval: {
            id: expect.stringMatching(/^approval:east\/churn\/1\/.*\/2$/),
            from: 'REJECTED',
            to: 'PENDING',
            state: 'WRITTEN',
          },
          problem: null,
          error: null,
        },
      ],
    });
    expect(statusOf(desk, 1)).toBe('PENDING');
  });

  it.each([
    ['y\n', 0, 'APPROVED'],
    [' YES \n', 0, 'APPROVED'],
    ['n\n', 1, 'PENDING'],
    ['\n', 1, 'PENDING'],
    ['', 1, 'PENDING'],
  ])('asks a person, who types %j', async (typed, code, status) => {
    const result = await runAs(desk, 'ana', ['approve', 'east/churn/1', 'east/churn/2'], { typed });
    expect(result.code).toBe(code);
    expect(result.stderr).toContain('east/churn/2: PENDING -> APPROVED');
    expect(result.stderr).toContain('Approve these 2 versions? [y/N] ');
    expect(result.stderr.includes('Nothing was decided.')).toBe(code === 1);
    expect([statusOf(desk, 1), statusOf(desk, 2)]).toEqual([status, status]);
    if (code === 1) expect(result.stdout).toBe('');
  });

  it('decides each version once, in the order given, and exits with the worst', async () => {
    const ids = ['east/churn/9', 'east/churn/3', 'east/churn/1', 'east/churn/1', 'east/churn/2'];
    const { code, stdout, stderr } = await runAs(desk, 'ana', [
      'approve',
      '-y',
      '--expect',
      'PENDING',
      '--json',
      ...ids,
    ]);
    expect(code).toBe(3);
    const { decisions } = JSON.parse(stdout);
    expect(decisions).toMatchObject([
      { id: 'east/churn/9', exitCode: 1, approval: null, error: { code: 'NOT_FOUND', retryable: false } },
      { id: 'east/churn/3', exitCode: 3, approval: null, error: { code: 'CONFLICT', currentStatus: 'APPROVED' } },
      { id: 'east/churn/1', exitCode: 0, error: null },
      { id: 'east/churn/2', exitCode: 0, error: null },
    ]);
    expect(stderr).toContain('east/churn/3: it is APPROVED now\n');
    expect(await decisionsOf(desk, 'east/churn/1')).toHaveLength(1);
  });

  it('decides the others when one cannot be read, and exits with 1', async () => {
    const { code, stdout, stderr } = await runAs(desk, 'ana', ['reject', '-y', 'east/churn/9', 'east/churn/2']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'east/churn/9: There is no such version that you may see. It may have been deleted. [NOT_FOUND]',
    );
    expect(stdout).toContain('east/churn/2  PENDING  REJECTED  WRITTEN');
    expect(stdout).not.toContain('east/churn/9');
  });

  it('names the winner to whoever was second', async () => {
    await runAs(desk, 'bo', ['reject', '-y', 'east/churn/1']);
    const [winner] = await decisionsOf(desk, 'east/churn/1');
    const { code, stdout, stderr } = await runAs(desk, 'ana', ['approve', '-y', '-e', 'PENDING', 'east/churn/1']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('bo@example.com has decided this version first (REJECTED).');
    expect(stderr).toContain(`[CONFLICT]\neast/churn/1: it is REJECTED now\neast/churn/1: decided by ${winner.id}\n`);
  });

  it('exits with 4 for those who may not, and says who they are not', async () => {
    desk.store.updateVersion('churn', 1, { createdBy: { name: 'dora@example.com', kind: 'USER', nativeId: null } });
    const own = await runAs(desk, 'dora', ['approve', '-y', 'east/churn/1']);
    expect(own).toMatchObject({ code: 4, stdout: '' });
    expect(own.stderr).toMatch(/PENDING -> APPROVED \(policy careful: ALLOW; you may not: You registered this version/);
    expect(own.stderr).toMatch(/\[POLICY_DENIED\]\n$/);
    const viewer = await runAs(desk, 'vera', ['reject', '-y', 'east/churn/1']);
    expect(viewer).toMatchObject({ code: 4, stderr: expect.stringMatching(/\[FORBIDDEN\]\n$/) });
    const nobody = await runAs(desk, 'ana', ['reset', '-y', 'east/churn/1'], { env: { REGISTRAR_TOKEN: 'forged' } });
    expect(nobody).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/^east\/churn\/1: .* \[UNAUTHENTICATED\]\n$/),
    });
    const absent = await runAs(desk, 'ana', ['pending'], { env: { REGISTRAR_TOKEN: '' } });
    expect(absent).toMatchObject({ code: 4, stdout: '', stderr: expect.stringMatching(/\[UNAUTHENTICATED\]\n$/) });
    expect(statusOf(desk, 1)).toBe('PENDING');
  });

  it('exits with 2 for a comment that is too long', async () => {
    const result = await runAs(desk, 'ana', ['approve', '-y', '-m', 'x'.repeat(100_000), 'east/churn/1']);
    expect(result).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/`comment` has 100000 characters.*\[BAD_USER_INPUT\]\n$/),
    });
  });

  it('reads the token from a file, before the environment', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'registrar-cli-token-'));
    const file = path.join(directory, 'token');
    await writeFile(file, `${await desk.token('bo')}\n`);
    const args = ['approve', '-y', '--token-file', file, 'east/churn/1'];
    expect((await runAs(desk, 'vera', args)).code).toBe(0);
    expect(await decisionsOf(desk, 'east/churn/1')).toMatchObject([{ actor: { name: 'bo@example.com' } }]);
    await rm(directory, { recursive: true });
  });
});

describe('a decision that takes more than one', () => {
  it('is a vote until there are enough', async () => {
    const desk = await opened({
      models: [{ name: 'churn', statuses: ['PENDING'] }],
      policies: [{ id: 'two', requiredApprovals: 2 }],
    });
    const first = await runAs(desk, 'ana', ['approve', '-y', 'east/churn/1']);
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('VOTED') });
    expect(first.stderr).toContain('east/churn/1: your vote is counted: 1 of 2 that it takes\n');
    const again = await runAs(desk, 'ana', ['approve', '-y', 'east/churn/1']);
    expect(again).toMatchObject({ code: 3, stderr: expect.stringContaining('You have voted for this already') });
    expect(await runAs(desk, 'bo', ['approve', '-y', '--wait', 'east/churn/1'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('WRITTEN'),
    });
  });
});

describe('a decision that is not written at once', () => {
  const late = { operations: ['decide'], times: 1 } as const;
  const lost = new TimeoutError('East did not answer.', { registryId: 'east', operation: 'decide' });
  let desk: Desk;
  beforeEach(async () => {
    desk = await opened({
      models: [{ name: 'churn', statuses: ['PENDING'] }],
      deadlines: { writeMs: 1000 },
      decisionTimes: { startWithinMs: 200, sweepMs: 100 },
    });
  });

  it('is done, with a note', async () => {
    desk.registry.cause({ kind: 'fail', error: lost }, late);
    const { code, stdout, stderr } = await runAs(desk, 'ana', ['approve', '-y', 'east/churn/1']);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('PENDING  APPROVED  INTENDED') });
    expect(stderr).toContain(
      'decided, and not written into the registry yet; the gateway carries it out: East did not answer. [UPSTREAM_TIMEOUT]\n',
    );
    expect(statusOf(desk, 1)).toBe('PENDING');
  });

  it('is waited for where that is asked', async () => {
    desk.registry.cause({ kind: 'fail', error: lost }, late);
    const { code, stdout, stderr } = await runAs(desk, 'ana', ['approve', '-y', '--wait', 'east/churn/1']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'east/churn/1: PENDING -> APPROVED\n' });
    expect(stdout).toContain('PENDING  APPROVED  WRITTEN');
    expect(statusOf(desk, 1)).toBe('APPROVED');
  });

  it('is waited for so long and no longer', async () => {
    desk.registry.cause({ kind: 'fail', error: lost }, { operations: ['decide'] });
    const args = ['approve', '-y', '--wait', '--wait-seconds', '0.5', '--json', 'east/churn/1'];
    const { code, stdout } = await runAs(desk, 'ana', args);
    expect(code).toBe(5);
    expect(JSON.parse(stdout).decisions).toMatchObject([
      { exitCode: 5, approval: { state: 'INTENDED' }, problem: { code: 'UPSTREAM_TIMEOUT' }, error: null },
    ]);
  });

  it('exits with 1 when the registry refuses it later', async () => {
    const refusal = new InvalidInputError('East takes no approvals on a Saturday.', { registryId: 'east' });
    desk.registry.cause({ kind: 'fail', error: refusal }, { operations: ['decide'] });
    desk.registry.cause({ kind: 'fail', error: lost }, late);
    const { code, stdout, stderr } = await runAs(desk, 'ana', ['approve', '-y', '-w', 'east/churn/1']);
    expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringContaining('PENDING  APPROVED  FAILED') });
    expect(stderr).toContain(
      'the registry does not have it: East takes no approvals on a Saturday. [BAD_USER_INPUT]\n',
    );
  });
});
