import { join } from 'node:path';
import { startEngine } from '../../sandbox/engines/engine.js';
import { redisEngine } from '../../sandbox/engines/redis.js';
import { anyFreePort } from '../../sandbox/ports.js';
import { modelId, versionId } from '../../src/domain/refs.js';
import type { EntityWrite } from '../../src/journal/journal.js';
import { openRedisJournal } from '../../src/journal/redis-journal.js';
import { median } from './load.js';
import { startRemote } from './remote.js';
import { grid, machine, range, significant } from './report.js';
import { someModel, someVersion } from './snapshot-records.js';
import { type SharedState, STARTS, type Start, type Started, type StartRemote } from './warm-start-process.js';
import { print, withEngines } from './with-engines.js';

// How long a replica takes until it answers from the snapshot, where others have left the state in Redis; beside reading the same bytes.

const REGISTRIES = ['east', 'west', 'mlflow', 'own'];
const VERSIONS = Number(process.env['BENCH_VERSIONS'] ?? 100_000);
const VERSIONS_PER_MODEL = 20;
const MODELS_AT_ONCE = 100;
const ROUNDS = 3;
const KEY_PREFIX = 'bench';

const TITLES: Readonly<Record<Start, string>> = {
  bytes: 'reads the bytes',
  records: 'reads the records',
  gateway: 'answers from the snapshot',
};

await withEngines(['redis'], async ({ supervisor, tools, directory }) => {
  const redis = redisEngine({ ...tools.redis(), port: await anyFreePort(), directory: join(directory, 'redis') });
  await startEngine(supervisor, redis);
  await fill(redis.url);
  const state = { directory, url: redis.url, keyPrefix: KEY_PREFIX, registryIds: REGISTRIES, versions: VERSIONS };
  const rounds: Readonly<Record<Start, Started>>[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({
      bytes: await start('bytes', state),
      records: await start('records', state),
      gateway: await start('gateway', state),
    });
  }
  const mega = median(rounds.map(({ bytes }) => bytes.bytes)) / 1024 / 1024;
  print(`${machine()}. ${VERSIONS} versions of ${VERSIONS / VERSIONS_PER_MODEL} models in ${REGISTRIES.length}`);
  print(`registries, ${significant(mega)} MB in a Redis of this machine; each start in a process of its own.`);
  print('Each cell: median (least–greatest) over the rounds.\n');
  const rows = STARTS.map((how) => [
    TITLES[how],
    String(ROUNDS),
    range(rounds.map((round) => round[how].ms)),
    range(rounds.map((round) => round[how].ms / round.bytes.ms)),
    // The others begin with as much code, of which they use little.
    how === 'gateway' ? range(rounds.map((round) => round[how].processMs)) : '',
  ]);
  print(grid(['it', 'rounds', 'ms', 'to the bytes', 'ms since the process began'], rows, ['it']));
});

async function start(how: Start, state: SharedState): Promise<Started> {
  await using remote = startRemote<StartRemote>(new URL('warm-start-process.js', import.meta.url));
  return await remote.methods.start(how, state);
}

/** As gateways would have left it that have run for long: the state of everything, and of the stream only the end. */
async function fill(url: string): Promise<void> {
  await using journal = await openRedisJournal({ url, keyPrefix: KEY_PREFIX });
  const { epoch } = await journal.head();
  for (let model = 0; model < VERSIONS / VERSIONS_PER_MODEL; model += MODELS_AT_ONCE) {
    const models = Array.from({ length: Math.min(MODELS_AT_ONCE, VERSIONS / VERSIONS_PER_MODEL - model) });
    await journal.append(
      models.flatMap((_, index) => writesOf(model + index)),
      { epoch },
    );
    await journal.trim({ maxAgeMs: Number.MAX_SAFE_INTEGER / 2, maxEntries: 1000 });
  }
  const at = new Date().toISOString();
  for (const registryId of REGISTRIES) {
    await journal.setRegistryState(registryId, { completeThrough: at, walkedAt: at, highestModified: null }, { epoch });
  }
}

function writesOf(model: number): EntityWrite[] {
  const registryId = REGISTRIES[model % REGISTRIES.length] ?? '';
  const group = someModel(registryId, model);
  const versions = Array.from({ length: VERSIONS_PER_MODEL }, (_, index) => someVersion(registryId, model, index + 1));
  const common = { registryId, expectedRev: 0, changes: [] };
  return [
    { ...common, entity: modelId(group.ref), record: group },
    ...versions.map((record) => ({ ...common, entity: versionId(record.ref), record })),
  ];
}
