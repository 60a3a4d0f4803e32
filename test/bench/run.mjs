// `npm run bench`: decisions per second, each beside its floor. It takes about two minutes, or `BENCH_SECONDS`; `npm run bench -- sqlite-memory`
// runs one case. `npm run bench -- snapshot` measures lists from the snapshot instead, at 100,000 versions or `BENCH_VERSIONS`.
// What it measures is compiled, as it is when it serves.

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
  const [name] = process.argv.slice(2);
  const bench =
    name === 'snapshot'
      ? ['--expose-gc', join(root, 'dist/test/bench/snapshot.bench.js')]
      : [join(root, 'dist/test/bench/decisions.bench.js'), ...process.argv.slice(2)];
  const exitCode = await runInForeground(node24, bench, { cwd: root });
  await sweepRuns(join(root, '.registrar'));
  return exitCode;
});
