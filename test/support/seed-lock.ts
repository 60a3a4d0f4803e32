import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withFileLock } from '../../sandbox/file-lock.js';

/** Test files run side by side on the same engines, and two seeds at once would each put in what the other is about to. */
export function withSeedLock<T>(mlflowUrl: string, work: () => Promise<T>): Promise<T> {
  return withFileLock(join(tmpdir(), `registrar-seed-${new URL(mlflowUrl).port}.lock`), work);
}
