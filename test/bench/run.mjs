// `npm run bench`: decisions per second, each beside its floor. It takes about two minutes, or `BENCH_SECONDS`; `npm run bench -- sqlite-memory`
// runs one case. What it measures is compiled, as it is when it serves.

import { join } from 'node:path';
import { runInForeground } from '../../sandbox/foreground.mjs';
import { install, node24, root, runCommand } from '../../sandbox/prepare.mjs';
import { sweepRuns } from '../../sandbox/run-directory.mjs';
import { runLogged } from '../../sandbox/run-logged.mjs';

await runCommand(async (progress) => {
  await install(progress);
  const compiler = [join(root, 'node_modules/.bin/tsc'), '-p', join(root, 'test/bench/tsconfig.json')];
  const logFile = join(root, '.registrar/logs/tsc-bench.log');
  await progress.step('Building', () => runLogged(node24, compiler, { logFile, cwd: root }));
  const bench = [join(root, 'dist/test/bench/decisions.bench.js'), ...process.argv.slice(2)];
  const exitCode = await runInForeground(node24, bench, { cwd: root });
  await sweepRuns(join(root, '.registrar'));
  return exitCode;
});
