import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError } from '../config/faults.js';
import type { ConfigSource } from '../config/load-config.js';

/** @throws ConfigError when there is no such file. */
export async function readConfigFile(file: string): Promise<ConfigSource> {
  const absolute = path.resolve(file);
  const text = await readFile(absolute, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(absolute, [
      { path: '', message: `The file cannot be read (${error.code ?? 'unknown'}). Name another with --config.` },
    ]);
  });
  return { text, file: absolute, environment: process.env };
}
