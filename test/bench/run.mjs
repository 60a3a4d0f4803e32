// `npm run bench` measures what the gateway does beside what cannot be done without, one after the other; `npm run bench -- fan-out` one of them:
//
//   decisions    decisions per second; about two minutes, or `BENCH_SECONDS`. `npm run bench -- decisions sqlite-memory` runs one case of it
//   snapshot     lists from the snapshot, at 100,000 versions or `BENCH_VERSIONS`
//   fan-out      changes to 2,000 subscribers, or `BENCH_SUBSCRIBERS`
//   warm-start   a replica that begins with the state of 100,000 versions, or `BENCH_VERSIONS`
//   crawl        calls to SageMaker for a crawl of 10,000 versions, or `BENCH_VERSIONS`
//
// What it measures is compiled, as it is when it serves.

import { join } from 'node:path';
import { runInForeground } from '../../sandbox/foreground.mjs';
import { install, node24, root, runCommand } from '../../sandbox/prepare.mjs';
import { sweepRuns } from '../../sandbox/run-directory.mjs';
import { runLogged } from '../../sandbox/run-logged.mjs';

const BENCHES = ['decisions', 'snapshot', 'fan-out', 'warm-start', 'crawl'];

await runCommand(async (progress) => {
  const [name, ...args] = process.argv.slice(2);
  if (name !== undefined && !BENCHES.includes(name)) {
    process.stderr.write(`There are the benches ${BENCHES.join(', ')}.\n`);
    return 2;
  }
  await install(progress);
  const compiler = [join(root, 'node_modules/.bin/tsc'), '-p', join(root, 'test/bench/tsconfig.json')];
  const logFile = join(root, '.registrar/logs/tsc-bench.log');
  await progress.step('Building', () => runLogged(node24, compiler, { logFile, cwd: root }));
  for (const each of name === undefined ? BENCHES : [name]) {
    if (name === undefined) process.stdout.write(`\n# ${each}\n\n`);
    const bench = ['--expose-gc', join(root, `dist/test/bench/${each}.bench.js`), ...args];
    const exitCode = await runInForeground(node24, bench, { cwd: root });
    if (exitCode !== 0) return exitCode;
  }
  await sweepRuns(join(root, '.registrar'));
  return 0;
});
