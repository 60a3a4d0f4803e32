import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError } from './faults.js';

const MIN_LENGTH = 32;

/**
 * The secret that gateways with one state directory make once, so that their cursors outlive a restart and are good at each of them.
 *
 * @throws ConfigError when nothing can be kept there.
 */
export async function ownCursorSecret(stateDirectory: string): Promise<string> {
  const file = path.join(stateDirectory, 'cursor-secret');
  try {
    const secret = (await readKept(file)) ?? (await keepFirst(file, randomBytes(32).toString('base64url')));
    if (secret.length >= MIN_LENGTH) return secret;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw fault(
      `The cursor secret cannot be kept in ${stateDirectory} (${code}). ` +
        'Let the gateway write there, name another directory, or give server.cursorSecrets.',
    );
  }
  throw fault(`${file} holds fewer than ${MIN_LENGTH} characters. Remove it: a new one is made.`);
}

async function readKept(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Of several at once one wins, and all get its secret. A link, unlike a rename, never replaces what is there. */
async function keepFirst(file: string, secret: string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  const unfinished = `${file}.${randomUUID()}`;
  try {
    await writeFile(unfinished, secret, { mode: 0o600 });
    await link(unfinished, file);
    return secret;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return await readFile(file, 'utf8');
  } finally {
    await rm(unfinished, { force: true });
  }
}

function fault(message: string): ConfigError {
  return new ConfigError('The config', [{ path: 'server.stateDirectory', message }]);
}
