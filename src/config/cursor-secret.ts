import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The secret that a single gateway makes for itself once, so that its cursors outlive a restart. */
export async function ownCursorSecret(stateDirectory: string): Promise<string> {
  const file = path.join(stateDirectory, 'cursor-secret');
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (kept !== undefined && kept.length >= 32) return kept;
  const secret = randomBytes(32).toString('base64url');
  await mkdir(stateDirectory, { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, secret, { mode: 0o600 });
  await rename(unfinished, file);
  return secret;
}
