import { constants, open } from 'node:fs/promises';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openStore, readConfig } from '../app.js';
import { exportLines } from '../approvals/ledger/export-format.js';
import { storeSource } from '../approvals/ledger/store-source.js';
import { InvalidInputError } from '../domain/errors.js';
import { readConfigFile } from './read-config-file.js';

/** Writes an export. @returns 0 */
export async function ledgerExport(options: { config: string; output?: string }): Promise<number> {
  await using store = openStore(readConfig(await readConfigFile(options.config)));
  const lines = Readable.from(exportLines(storeSource(store), Date.now()));
  if (options.output === undefined) await pipeline(lines, process.stdout, { end: false });
  else await pipeline(lines, await writeTo(options.output));
  return 0;
}

async function writeTo(file: string): Promise<Writable> {
  try {
    // What people decided and wrote is not for every account of the machine.
    const handle = await open(file, constants.O_WRONLY | constants.O_CREAT, 0o600);
    // The mode above is for a new file alone. What is no file, say a device, is nobody's to change.
    if ((await handle.stat()).isFile()) {
      await handle.chmod(0o600);
      await handle.truncate();
    }
    return handle.createWriteStream();
  } catch (error) {
    throw new InvalidInputError(`${file} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`);
  }
}
