import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The project's folder, both from the sources and from `dist/`. */
export const projectRoot = findRoot(import.meta.dirname);

/** Where installed tools live, whatever run uses them: the Python environment, DynamoDB Local, an unpacked JDK. */
export const toolsDirectory = join(projectRoot, '.registrar');

const { REGISTRAR_STATE_DIR = toolsDirectory } = process.env;

/** What the sandbox of one folder keeps: configs, data, logs, and what is running. `REGISTRAR_STATE_DIR` puts it elsewhere. */
export const stateDirectory = resolve(REGISTRAR_STATE_DIR);

function findRoot(start: string): string {
  let folder = start;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
