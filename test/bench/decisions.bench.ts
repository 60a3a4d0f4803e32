import { rmSync } from 'node:fs';
import { AWS_CREDENTIALS } from '../../sandbox/engines/aws.js';
import { toolsDirectory } from '../../sandbox/paths.js';
import { createRunDirectory } from '../../sandbox/run-directory.mjs';
import { onStopRequest } from '../../sandbox/stop-request.js';
import { Supervisor } from '../../sandbox/supervisor.js';
import { CASES, type Case, prepare, startEngines, type Urls } from './cases.js';
import { heading, machine, type Round, table } from './report.js';
import { CLIENTS, openTurns } from './turns.js';

// Decisions per second through the gateway, beside what cannot be done without. Where the machine is busy both get slower; their ratio stays.

const SECONDS = 110;
const TURN_SECONDS = 0.5;
/** The last round that has begun is finished, and ending takes its time. */
const RESERVED_SECONDS = 8;

const { BENCH_SECONDS = String(SECONDS) } = process.env;
const names = process.argv.slice(2);
const cases = CASES.filter(({ name }) => names.length === 0 || names.includes(name));
if (cases.length === 0 || !(Number(BENCH_SECONDS) > 0)) {
  const known = CASES.map(({ name }) => name).join(', ');
  process.stderr.write(`There are the cases ${known}; BENCH_SECONDS is a number of seconds.\n`);
  process.exit(2);
}

// What the default credential chain finds; DynamoDB Local takes any key.
process.env['AWS_ACCESS_KEY_ID'] = AWS_CREDENTIALS.accessKeyId;
process.env['AWS_SECRET_ACCESS_KEY'] = AWS_CREDENTIALS.secretAccessKey;

const tools = await prepare(cases);
const started = performance.now();
const secondsLeft = () => Number(BENCH_SECONDS) - RESERVED_SECONDS - (performance.now() - started) / 1000;
const directory = await createRunDirectory(toolsDirectory);
const supervisor = await Supervisor.open(directory, 'bench');
const finish = async (exitCode: number): Promise<never> => {
  await supervisor.stop();
  rmSync(directory, { recursive: true, force: true });
  process.exit(exitCode);
};
onStopRequest(() => void finish(130));
try {
  const urls = await startEngines(supervisor, tools, directory, cases);
  print(`${machine()}. Each cell: median (least–greatest) over the rounds; decisions or requests a second.`);
  for (const [index, each] of cases.entries()) {
    const weights = cases.slice(index).reduce((sum, { weight }) => sum + weight, 0);
    await measure(each, urls, (secondsLeft() * each.weight) / weights);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  await finish(1);
}
await finish(0);

/** Rounds until the time is over; of one client, one at least. */
async function measure(of: Case, urls: Urls, seconds: number): Promise<void> {
  const until = performance.now() + seconds * 1000;
  await using turns = await openTurns(of, urls, directory);
  const rounds = new Map<number, Round[]>();
  do {
    for (const clients of CLIENTS) {
      if (rounds.size > 0 && performance.now() > until) break;
      rounds.set(clients, [...(rounds.get(clients) ?? []), await turns.round(clients, TURN_SECONDS)]);
    }
  } while (performance.now() < until);
  print(`\n${heading(of, turns.calls, turns.answerBytes)}\n\n${table(rounds)}`);
  if (rounds.size < CLIENTS.length) print('There was no time for more clients: set BENCH_SECONDS.');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
