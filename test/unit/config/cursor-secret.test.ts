import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownCursorSecret } from '../../../src/config/cursor-secret.js';
import { ConfigError } from '../../../src/config/faults.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'registrar-secret-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const failureOf = (directory: string): Promise<unknown> =>
  ownCursorSecret(directory).then(
    () => undefined,
    (error: unknown) => error,
  );

describe("the gateway's own cursor secret", () => {
  it('is one for all that start at once, and for those that come later', async () => {
    const directory = path.join(root, 'shared', 'state');
    const secrets = await Promise.all(Array.from({ length: 20 }, () => ownCursorSecret(directory)));
    expect(new Set([...secrets, await ownCursorSecret(directory)]).size).toBe(1);
    expect(secrets[0]?.length).toBeGreaterThanOrEqual(32);
    expect(await readdir(directory)).toEqual(['cursor-secret']);
    expect((await stat(path.join(directory, 'cursor-secret'))).mode & 0o777).toBe(0o600);
  });

  it('differs between state directories', async () => {
    expect(await ownCursorSecret(path.join(root, 'one'))).not.toBe(await ownCursorSecret(path.join(root, 'two')));
  });

  it('cannot be kept where there is no directory: a fault that says what to do', async () => {
    const file = path.join(root, 'a-file');
    await writeFile(file, '');
    const error = await failureOf(file);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).message).toMatch(/server\.stateDirectory: .*\(ENOTDIR\).*give server\.cursorSecrets/);
  });

  it('is not replaced where what is kept is damaged: cursors that are out would break unseen', async () => {
    const directory = path.join(root, 'damaged');
    await mkdir(directory);
    await writeFile(path.join(directory, 'cursor-secret'), 'short');
    const error = await failureOf(directory);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).message).toMatch(/damaged\/cursor-secret holds fewer than 32 characters\. Remove it/);
  });
});
