import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { toolsDirectory } from './paths.js';
import { readTable, startTimeOf, stopGroups } from './process-table.mjs';

const runsDirectory = join(toolsDirectory, 'test-runs');
const GRACE_MS = 5000;

/** A folder for this run alone, since several may go on at once. What crashed ones have left is ended and removed. */
export async function createRunDirectory(): Promise<string> {
  mkdirSync(runsDirectory, { recursive: true });
  for (const name of readdirSync(runsDirectory)) {
    if (startTimeOf(Number(name)) === null) await sweep(join(runsDirectory, name));
  }
  const directory = join(runsDirectory, String(process.pid));
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  return directory;
}

async function sweep(directory: string): Promise<void> {
  const table = readTable(join(directory, 'processes.json'));
  await stopGroups(table?.processes ?? [], GRACE_MS);
  rmSync(directory, { recursive: true, force: true });
}
