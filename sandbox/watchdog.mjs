// Outlives its supervisor by a moment: when that one ends without having stopped what it started (killed, crashed, out of
// memory), this ends it. Standard input is a pipe from the supervisor that closes with it, however it ends.

import { rmSync } from 'node:fs';
import { readTable, stopGroups } from './process-table.mjs';

const GRACE_MS = 5000;
const [tableFile = ''] = process.argv.slice(2);

process.stdin.resume();
process.stdin.on('end', async () => {
  const table = readTable(tableFile);
  if (table === null) return;
  await stopGroups(
    table.processes.filter((record) => record.pid !== process.pid),
    GRACE_MS,
  );
  rmSync(tableFile, { force: true });
});
