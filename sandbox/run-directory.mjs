import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readTable, startTimeOf, stopGroups } from './process-table.mjs';

const GRACE_MS = 5000;

/**
 * A folder for this run alone, since several may go on at once.
 *
 * @param {string} toolsDirectory `.registrar` of the project
 */
export async function createRunDirectory(toolsDirectory) {
  await sweepRuns(toolsDirectory);
  const directory = join(toolsDirectory, 'test-runs', String(process.pid));
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  return directory;
}

/**
 * Ends what runs that are no more have left, and removes their folders. It is what their watchdogs do, too: afterwards it is done.
 *
 * @param {string} toolsDirectory
 */
export async function sweepRuns(toolsDirectory) {
  const runs = join(toolsDirectory, 'test-runs');
  mkdirSync(runs, { recursive: true });
  for (const name of readdirSync(runs)) {
    if (startTimeOf(Number(name)) !== null) continue;
    const table = readTable(join(runs, name, 'processes.json'));
    await stopGroups(table?.processes ?? [], GRACE_MS);
    rmSync(join(runs, name), { recursive: true, force: true });
  }
}
