// `npm test`: installs what the tests need, then runs the emulator's own tests and after them all others. Further arguments go
// to vitest: `npm test -- test/unit`. `REGISTRIES=mlflow npm test` runs a part: see support/registries.mjs.

import { join } from 'node:path';
import { runInForeground } from '../sandbox/foreground.mjs';
import { build, install, node24, root, runCommand } from '../sandbox/prepare.mjs';
import { sweepRuns } from '../sandbox/run-directory.mjs';
import { selectedEngines, selectedRegistries } from './support/registries.mjs';

const args = process.argv.slice(2);
const namesFiles = args.some((arg) => !arg.startsWith('-'));

await runCommand(async (progress) => {
  await install(progress);
  await build(progress);
  const prepared = await run(node24, [join(root, 'dist/sandbox/prepare-tools.js'), ...selectedEngines]);
  if (prepared !== 0) return prepared;
  const testsEmulator = !namesFiles && selectedRegistries.includes('sagemaker');
  const python = join(root, '.registrar/python/bin/python');
  const pytest = [
    join(root, 'dist/sandbox/supervise.js'),
    python,
    '-m',
    'pytest',
    '-q',
    '-p',
    'no:cacheprovider',
    'test/emulator',
  ];
  const emulator = testsEmulator ? await run(node24, pytest) : 0;
  // Ended by a signal: nobody waits for the rest.
  if (emulator > 128) return emulator;
  const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'test/vitest.config.ts', ...args];
  const others = await run(node24, vitest);
  // A run that was ended by a signal leaves its engines to their watchdog, which needs a moment.
  await sweepRuns(join(root, '.registrar'));
  return others || emulator;
});

/**
 * @param {string} command
 * @param {readonly string[]} commandArgs
 */
function run(command, commandArgs) {
  return runInForeground(command, commandArgs, { cwd: root });
}
