import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { InvalidInputError } from '../domain/errors.js';

/** Remembers how far one has come. */
export interface CursorFile {
  /** Null where it is not there yet. */
  readonly cursor: string | null;
  /** Of what has been dealt with; written soon, the latest one. @throws InvalidInputError where an earlier one could not be. */
  keep(cursor: string): void;
  /** Writes what is left to write. @throws InvalidInputError as `keep`. */
  flush(): Promise<void>;
}

/** @throws InvalidInputError where it cannot be read, or holds no cursor. */
export async function openCursorFile(file: string): Promise<CursorFile> {
  const known = await read(file);
  let latest = known;
  let written = known;
  let writing: Promise<void> = Promise.resolve();
  let isWaiting = false;
  let failure: InvalidInputError | undefined;

  const write = async () => {
    isWaiting = false;
    if (latest === null || latest === written) return;
    const cursor = latest;
    await replace(file, cursor);
    written = cursor;
  };
  return {
    cursor: known,
    keep(cursor) {
      if (failure !== undefined) throw failure;
      latest = cursor;
      // One write at a time, and what comes meanwhile goes with the next.
      if (isWaiting) return;
      isWaiting = true;
      writing = writing.then(write).catch((error: NodeJS.ErrnoException) => {
        failure = new InvalidInputError(`The cursor file ${file} cannot be written (${error.code ?? 'unknown'}).`, {
          cause: error,
        });
      });
    },
    async flush() {
      await writing;
      if (failure !== undefined) throw failure;
    },
  };
}

async function read(file: string): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new InvalidInputError(`The cursor file ${file} cannot be read (${error.code ?? 'unknown'}).`);
  });
  if (text === null || /^[\w-]+\n?$/.test(text)) return text?.trim() ?? null;
  throw new InvalidInputError(`What ${file} holds is no cursor. Name another file, or remove it to begin now.`);
}

/** Whole or not at all, whatever happens meanwhile. */
async function replace(file: string, cursor: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, `${cursor}\n`, { mode: 0o600, flush: true });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
