import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLedgerKeys } from '../../../src/approvals/ledger/keys.js';
import { createLedger } from '../../../src/approvals/ledger/ledger.js';
import { ledgerKeyTexts } from '../../../src/config/ledger-key.js';
import { createSqliteStore } from '../../../src/governance/sqlite/index.js';
import { decision, subject } from '../../conformance/governance-entries.js';
import { privateKeyPem } from '../../support/fixtures/governance/keys.js';
import { rawFile } from '../../support/fixtures/governance/sqlite.js';

const BIN = path.resolve('dist/src/cli/bin.js');
let directory: string;
const inDirectory = (name: string) => path.join(directory, name);

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'registrar-cli-ledger-'));
  await writeFile(
    inDirectory('registrar.yaml'),
    'server: { stateDirectory: state }\naccess: { anonymous: { role: admin } }\nregistries: [{ id: lab, kind: memory }]\n',
  );
  const { signing, verify } = await ledgerKeyTexts({ verifyKeys: [] }, inDirectory('state'));
  await using store = createSqliteStore({ file: inDirectory('state/governance.sqlite') });
  const ledger = createLedger({ store, keys: createLedgerKeys(signing, verify), now: Date.now });
  const of = subject();
  for (let sequence = 1; sequence <= 3; sequence += 1) {
    const chain = (await ledger.read(of.version)).of(of.incarnation);
    const { record } = await ledger.decide(chain, decision(of, sequence).body);
    await ledger.settle(record, 'WRITTEN');
  }
  await ledger.checkpoint();
});
afterEach(() => rm(directory, { recursive: true }));

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [BIN, ...args], { cwd: directory }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

const WHOLE = 'The ledger is whole: 1 chains, 3 decisions, 3 settlements, 1 checkpoints.\n';
const KEY = 'state/ledger-key.public.pem';

describe('registrar ledger verify', () => {
  it('says that a ledger is whole, and exits with 0', async () => {
    expect(await run('ledger', 'verify')).toEqual({ code: 0, stdout: WHOLE, stderr: '' });
    const json = await run('ledger', 'verify', '--json');
    expect(JSON.parse(json.stdout)).toEqual({ chains: 1, decisions: 3, settlements: 3, checkpoints: 1, findings: [] });
  });

  it('names what is wrong, and exits with 1', async () => {
    await rawFile(inDirectory('state/governance.sqlite')).remove({ subject: subject(), sequence: 2, kind: 'decision' });
    const entry = 'approval:lab/fraud/1/1000/2';
    const { code, stdout } = await run('ledger', 'verify');
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(
        /^The ledger is NOT whole: .*\n {2}FAIL MISSING approval:lab\/fraud\/1\/1000\/2: It is missing/,
      ),
    });
    const json = await run('ledger', 'verify', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ findings: [{ code: 'MISSING', entry }] });
  });

  it('cannot say where the store or the config cannot be read, and exits with 2', async () => {
    await writeFile(inDirectory('state/governance.sqlite'), 'something else '.repeat(100));
    expect(await run('ledger', 'verify')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/not a SQLite database/),
    });
    await rm(inDirectory('state'), { recursive: true });
    expect(await run('ledger', 'verify')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/There is no ledger/),
    });
    expect(await run('ledger', 'export')).toMatchObject({ code: 2, stdout: '' });
    // An empty one that was made by asking would be whole.
    await expect(stat(inDirectory('state'))).rejects.toMatchObject({ code: 'ENOENT' });
    await writeFile(inDirectory('registrar.yaml'), 'registries: []');
    expect(await run('ledger', 'verify')).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('a ledger whose key is not there', () => {
  it('is not verified by a new one, and none is made', async () => {
    for (const name of ['ledger-key.pem', 'ledger-key.public.pem']) await rm(inDirectory(`state/${name}`));
    expect(await run('ledger', 'verify')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/There is no key in .*ledger-key\.pem/),
    });
    expect((await readdir(inDirectory('state'))).filter((name) => name.startsWith('ledger-key'))).toEqual([]);
  });
});

describe('registrar check', () => {
  it('reports on the governance store as well', async () => {
    const { code, stdout } = await run('check');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^lab \(MEMORY\) is well[\s\S]*\ngovernance store \(SQLITE\) is well\n {2}ok {3}/);
    await writeFile(inDirectory('state/governance.sqlite'), 'something else '.repeat(100));
    const json = await run('check', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      registries: [{ id: 'lab', ok: true }],
      governance: {
        kind: 'SQLITE',
        ok: false,
        checks: [{ ok: false, message: expect.stringMatching(/not a SQLite/) }],
      },
    });
  });
});

describe('registrar ledger export', () => {
  it('writes what verifies with the public key alone', async () => {
    expect(await run('ledger', 'export', '-o', 'out.jsonl')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await stat(inDirectory('out.jsonl'))).mode & 0o777).toBe(0o600);
    const { stdout } = await run('ledger', 'export');
    const text = await readFile(inDirectory('out.jsonl'), 'utf8');
    expect(stdout.split('\n').slice(1)).toEqual(text.split('\n').slice(1));
    expect(await run('ledger', 'verify', '--export', 'out.jsonl', '--key', KEY)).toEqual({
      code: 0,
      stdout: WHOLE,
      stderr: '',
    });
    const keyId = (JSON.parse(text.split('\n')[2] ?? '') as { decision: { keyId: string } }).decision.keyId;
    expect(await run('ledger', 'verify', '--export', 'out.jsonl', '--key', `${keyId}=${KEY}`)).toMatchObject({
      code: 0,
    });
    const other = await run('ledger', 'verify', '--export', 'out.jsonl', '--key', `other=${KEY}`);
    expect(other).toMatchObject({ code: 1, stdout: expect.stringMatching(/UNKNOWN_KEY checkpoint:1/) });

    await writeFile(inDirectory('forged.jsonl'), text.replaceAll('"to":"APPROVED"', '"to":"REJECTED"'));
    const forged = await run('ledger', 'verify', '--export', 'forged.jsonl', '--key', KEY);
    expect(forged).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/FAIL CHANGED approval:lab\/fraud\/1\/1000\/1: /),
    });
    await writeFile(inDirectory('foreign.pem'), privateKeyPem());
    const foreign = await run('ledger', 'verify', '--export', 'out.jsonl', '--key', 'foreign.pem');
    expect(foreign).toMatchObject({ code: 1, stdout: expect.stringMatching(/BAD_SIGNATURE/) });
  });

  it('is for its owner alone also where it takes the place of a longer file that was for all', async () => {
    await writeFile(inDirectory('out.jsonl'), 'something else\n'.repeat(5000));
    await chmod(inDirectory('out.jsonl'), 0o644);
    expect(await run('ledger', 'export', '-o', 'out.jsonl')).toMatchObject({ code: 0 });
    expect((await stat(inDirectory('out.jsonl'))).mode & 0o777).toBe(0o600);
    expect(await readFile(inDirectory('out.jsonl'), 'utf8')).not.toContain('something else');
  });

  it.each([
    [['verify', '--export', 'out.jsonl'], /Give the public key/],
    [['verify', '--export', 'nowhere.jsonl', '--key', KEY], /nowhere\.jsonl cannot be read \(ENOENT\)/],
    [['verify', '--export', 'registrar.yaml', '--key', KEY], /no export of a ledger/],
    [['verify', '--export', 'registrar.yaml', '--key', 'nowhere.pem'], /nowhere\.pem cannot be read \(ENOENT\)/],
    [['verify', '--export', 'registrar.yaml', '--key', 'registrar.yaml'], /holds no Ed25519 public key/],
    [['verify', '--export', 'registrar.yaml', '--key', KEY, KEY], /Several keys need their ids/],
    [['verify', '--key', KEY], /--key goes with --export/],
    [['export', '-o', 'no/such/folder'], /no\/such\/folder cannot be written \(ENOENT\)/],
  ])('%j exits with 2 and says what to do', async (args, words) => {
    expect(await run('ledger', ...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(words) });
  });
});
