import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../../src/cli/exit-codes.js';
import { ERROR_CODES } from '../../../src/domain/errors.js';
import { runCli } from './run-cli.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'registrar-cli-options-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const NOWHERE = 'http://127.0.0.1:9/graphql';

describe('commands against a gateway', () => {
  it.each(['pending', 'approve', 'reject', 'reset'])(
    '%s --help says where the token comes from, and what it exits with',
    async (name) => {
      const { code, stdout } = await runCli([name, '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain('REGISTRAR_TOKEN or from --token-file. There is no option');
      for (const number of [0, 1, 2, 3, 4, 5]) expect(stdout).toMatch(new RegExp(`^ {2}${number}  \\w`, 'm'));
    },
  );

  it.each([
    ['pending', '--url', 'nonsense'],
    ['pending', '--url', 'ftp://127.0.0.1/graphql'],
    ['pending', '--limit', '0'],
    ['pending', '--limit', '1.5'],
    ['pending', '--timeout', '0'],
    ['pending', '--timeout', 'x'],
    ['pending', '--timeout', '99999999'],
    ['pending', '--token', 'secret'],
    ['pending', 'east'],
    ['approve', '--yes'],
    ['approve', '--yes', 'east/churn'],
    ['approve', '--yes', 'east/churn/1', 'nonsense'],
    ['approve', '--yes', '--expect', 'MAYBE', 'east/churn/1'],
    ['approve', '--yes', '--wait-seconds', '-1', 'east/churn/1'],
    ['reset', 'east/churn/1'],
  ])('%s %s … called wrongly exits with 2 before anything is asked', async (...args) => {
    const { code, stdout, stderr } = await runCli(args, { env: { REGISTRAR_URL: NOWHERE } });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toBe('');
    expect(stderr).not.toContain('cannot be reached');
  });

  it('takes no password in a URL, and does not repeat it', async () => {
    const { code, stderr } = await runCli(['pending', '--url', 'http://ana:hunter2@127.0.0.1:9/graphql']);
    expect(code).toBe(2);
    expect(stderr).toBe("The gateway's URL must hold no password. Give a token by REGISTRAR_TOKEN.\n");
  });

  it('says which token file cannot be read', async () => {
    const { code, stderr } = await runCli(['pending', '--token-file', '/nowhere/token']);
    expect(code).toBe(2);
    expect(stderr).toBe('The token file /nowhere/token cannot be read (ENOENT).\n');
  });

  it.each([
    ['is empty', '\n'],
    ['has two lines', 'first-secret\nsecond-secret\n'],
    ['is not ASCII', 'sécret'],
  ])('takes no token file that %s, and does not show what is in it', async (_, text) => {
    const file = path.join(directory, 'token');
    await writeFile(file, text);
    const { code, stderr } = await runCli(['pending', '--token-file', file], { env: { REGISTRAR_TOKEN: 'good' } });
    expect(code).toBe(2);
    expect(stderr).toContain(`What ${file} holds is no token`);
    expect(stderr).not.toContain('cret');
  });

  it('takes an empty variable for none', async () => {
    const { code, stderr } = await runCli(['pending'], { env: { REGISTRAR_URL: NOWHERE, REGISTRAR_TOKEN: '' } });
    expect(code).toBe(5);
    expect(stderr).toMatch(/^The gateway at http:\/\/127\.0\.0\.1:9\/graphql cannot be reached \(/);
  });

  it('prefers what the command says to what the environment says', async () => {
    const { stderr } = await runCli(['pending', '--url', 'http://127.0.0.1:1/graphql'], {
      env: { REGISTRAR_URL: NOWHERE },
    });
    expect(stderr).toContain('http://127.0.0.1:1/graphql');
  });
});

describe('the exit code of a failure', () => {
  it('is decided for every code', () => {
    const codes = ERROR_CODES.map((code) => [code, exitCodeOf({ code, retryable: false })]);
    expect(Object.fromEntries(codes)).toEqual({
      NOT_FOUND: 1,
      CONFLICT: 3,
      BAD_USER_INPUT: 2,
      UNAUTHENTICATED: 4,
      FORBIDDEN: 4,
      POLICY_DENIED: 4,
      IDEMPOTENCY_KEY_REUSED: 1,
      RATE_LIMITED: 5,
      COST_EXCEEDED: 1,
      UPSTREAM_TIMEOUT: 5,
      UPSTREAM_UNAVAILABLE: 5,
      UPSTREAM_INVALID: 1,
      LEDGER_UNAVAILABLE: 5,
      UNSUPPORTED: 1,
      INTERNAL: 1,
    });
  });

  it('is 5 for a conflict that nobody has won', () => {
    expect(exitCodeOf({ code: 'CONFLICT', retryable: true })).toBe(5);
  });
});
