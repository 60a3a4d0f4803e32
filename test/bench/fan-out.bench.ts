import type { Wire } from './fan-out/greetings.js';
import { openSide, type Side, type Turn } from './fan-out/side.js';
import { grid, machine, range } from './report.js';
import { print } from './with-engines.js';

// Events per second from the journal to many subscribers of one process, and how long one takes to reach them: through the gateway, executed anew for
// each subscriber as graphql-ws does it by itself, and over sockets to which the same bytes are just written. Server and clients have a process each, so
// that two cores are busy. All take their turns in the same run.

const SUBSCRIBERS = Number(process.env['BENCH_SUBSCRIBERS'] ?? 2000);
/** For the turns on each wire. */
const SECONDS = 15;
const BURST = 30;
/** What takes longer per event is given fewer. */
const NAIVE_BURST = 3;

type Sides = Readonly<Record<string, Side>>;
type Turns = Readonly<Record<string, readonly Turn[]>>;

print(`${machine()}. ${SUBSCRIBERS} subscribers, each with a connection of its own, of one process.`);
print('Each cell: median (least–greatest) over the rounds.');
await measure('websocket', 'WebSocket');
await measure('sse', 'server-sent events');
process.exit();

async function measure(wire: Wire, name: string): Promise<void> {
  await using sides = new AsyncDisposableStack();
  const common = { subscribers: SUBSCRIBERS, burst: BURST };
  const gateway = sides.use(await openSide({ ...common, kind: 'gateway', wire }));
  const event = await gateway.sample();
  const plain = sides.use(await openSide({ ...common, kind: 'plain', wire: 'plain', event }));
  const measured: Sides = { gateway, 'plain sockets': plain };
  const naive = async () => sides.use(await openSide({ ...common, kind: 'naive', wire, burst: NAIVE_BURST }));
  const turns = await takeTurns(wire === 'websocket' ? { ...measured, 'executed for each': await naive() } : measured);
  print(`\n## Over ${name}, ${event.length} bytes an event\n\n${table(turns)}`);
}

/** Rounds until the time is over; one at least. */
async function takeTurns(sides: Sides): Promise<Turns> {
  const turns: Record<string, Turn[]> = {};
  const until = performance.now() + SECONDS * 1000;
  do {
    for (const [name, side] of Object.entries(sides)) turns[name] = [...(turns[name] ?? []), await side.turn()];
  } while (performance.now() < until);
  return turns;
}

function table(turns: Turns): string {
  const own = turns['gateway'] ?? [];
  const rows = Object.entries(turns).map(([name, all]) => {
    const of = (figure: (turn: Turn) => number) => range(all.map(figure));
    // Each round by itself: what else the machine does in it slows both.
    const ratio = (figure: (turn: Turn) => number) =>
      range(all.flatMap((turn, round) => (own[round] === undefined ? [] : figure(own[round]) / figure(turn))));
    return [
      name,
      String(all.length),
      of((turn) => turn.eventsPerSecond),
      of((turn) => turn.eventsPerSecond * SUBSCRIBERS),
      ratio((turn) => turn.eventsPerSecond),
      of((turn) => turn.cpuMicros),
      of((turn) => turn.medianMs),
      of((turn) => turn.p99Ms),
      ratio((turn) => turn.p99Ms),
    ];
  });
  const titles = [
    'server',
    'rounds',
    'events/s',
    'deliveries/s',
    'gateway to it',
    'CPU µs each',
    'median ms',
    'p99 ms',
    'gateway to it',
  ];
  return grid(titles, rows, ['server']);
}
