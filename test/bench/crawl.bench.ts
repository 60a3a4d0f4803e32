import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AWS_CREDENTIALS, AWS_REGION, awsEngine } from '../../sandbox/engines/aws.js';
import { startEngine } from '../../sandbox/engines/engine.js';
import { projectRoot } from '../../sandbox/paths.js';
import { anyFreePort } from '../../sandbox/ports.js';
import { createMemoryJournal } from '../../src/journal/memory-journal.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { startGateway } from '../support/gateway.js';
import { openAccount } from '../support/sagemaker-account.js';
import { grid, machine } from './report.js';
import { print, withEngines } from './with-engines.js';

// What the first crawl of a SageMaker registry asks of it: calls are counted, by a proxy before the emulator, until the gateway knows everything.

const VERSIONS = Number(process.env['BENCH_VERSIONS'] ?? 10_000);
const VERSIONS_PER_GROUP = 50;
const GROUPS = Math.ceil(VERSIONS / VERSIONS_PER_GROUP);
const CROWDED = join(projectRoot, 'test/bench/crowded_emulator.py');
/** Of 10,000 versions, with the calls for their groups. */
const CALLS_MAX = 110;
const LOOK_MS = 50;
/** There is one crawl, and a poll right after it; no second one meanwhile. */
const POLL_MS = 3_600_000;

process.env['AWS_ACCESS_KEY_ID'] = AWS_CREDENTIALS.accessKeyId;
process.env['AWS_SECRET_ACCESS_KEY'] = AWS_CREDENTIALS.secretAccessKey;

await withEngines(['aws'], async ({ supervisor, tools }) => {
  const engine = awsEngine({ python: tools.python(), port: await anyFreePort() });
  using account = openAccount({ endpoint: engine.url, region: AWS_REGION });
  const [, , ...options] = engine.args;
  const crowd = [account.id, AWS_REGION, String(GROUPS), String(VERSIONS_PER_GROUP)];
  await startEngine(supervisor, { ...engine, args: [CROWDED, ...crowd, ...options] });

  await using proxy = await startFaultProxy(engine.url);
  const adapter = account.adapter({ endpoint: proxy.origin, stsEndpoint: engine.url });
  const journal = createMemoryJournal();
  const began = performance.now();
  await using gateway = await startGateway([adapter], { createJournal: () => journal, sync: { pollMs: POLL_MS } });
  while (!(await journal.registries()).states.has(adapter.id)) await sleep(LOOK_MS);
  const counts = { ...proxy.counts() };
  const seconds = (performance.now() - began) / 1000;
  const { data } = await gateway.query('{ modelVersions(first: 1) { totalCount } models(first: 1) { totalCount } }');
  const known = data.modelVersions.totalCount;

  print(`${machine()}. ${GROUPS} groups of ${VERSIONS_PER_GROUP} versions in the emulator;`);
  print(
    `${known} versions of ${data.models.totalCount} models were known after the crawl, which took ${seconds.toFixed(1)} s.\n`,
  );
  const calls = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const least = Math.ceil((GROUPS * VERSIONS_PER_GROUP) / 100) + Math.ceil(GROUPS / 100);
  const row = (name: string, count: number) => [name, String(count), (count / least).toFixed(2)];
  const rows = [
    ...Object.entries(counts).map(([name, count]) => row(name, count)),
    row('all calls of the crawl', calls),
    row('as many as there are pages of 100', least),
    ...(VERSIONS === 10_000 ? [row('what it may be at most', CALLS_MAX)] : []),
  ];
  print(grid(['calls upstream', 'number', 'to the pages'], rows, ['calls upstream']));
});
