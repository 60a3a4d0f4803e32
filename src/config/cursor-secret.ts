import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { ConfigError } from './faults.js';
import { keptText } from './kept-file.js';

const MIN_LENGTH = 32;

/**
 * The secret that gateways with one state directory make once, so that their cursors outlive a restart and are good at each of them.
 *
 * @throws ConfigError when nothing can be kept there.
 */
export async function ownCursorSecret(stateDirectory: string): Promise<string> {
  const file = path.join(stateDirectory, 'cursor-secret');
  try {
    const secret = await keptText(file, () => randomBytes(32).toString('base64url'));
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

function fault(message: string): ConfigError {
  return new ConfigError('The config', [{ path: 'server.stateDirectory', message }]);
}
