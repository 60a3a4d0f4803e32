import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessRecord, recordOf } from './process-table.mjs';

const POLL_MS = 200;

/** Runs `work` while no other process holds the lock; waits for its turn. A holder that has died holds nothing. */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  while (!tryLock(file)) await sleep(POLL_MS);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Takes the lock if nobody has it; a holder that has died holds nothing, once another call has found that out. */
export function tryLock(file: string): boolean {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(recordOf('lock', process.pid)));
  try {
    // A link appears whole or not at all, and fails when the name is taken.
    linkSync(mine, file);
    return true;
  } catch {
    const holder = readHolder(file);
    if (holder !== null && !isRunning(holder)) rmSync(file, { force: true });
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

function readHolder(file: string): ProcessRecord | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessRecord;
  } catch {
    return null;
  }
}
