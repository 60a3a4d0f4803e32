// `node dist/sandbox/prepare-tools.js aws mlflow dynamodb-local redis`: installs what these engines need, and shows it.

import { createProgress } from './progress.mjs';
import { type EngineName, prepareTools } from './tools.js';

try {
  await prepareTools(process.argv.slice(2) as EngineName[], createProgress());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
