import { type VersionRef, versionId } from '../../src/domain/refs.js';
import type { Case, Urls } from './cases.js';
import { setupOf } from './cases.js';
import { perDecision } from './counters.js';
import { FLOORS, type Floor, type FloorPlan, type FloorRemote } from './floor-process.js';
import type { Calls, GatewayRemote } from './gateway-process.js';
import { type Clients, createClients, type Measured, type Next } from './load.js';
import { startRemote } from './remote.js';
import type { Round } from './report.js';

/** The gateway of one case and its floor, both warm. */
export interface Turns extends AsyncDisposable {
  readonly calls: Calls;
  readonly answerBytes: number;
  /** One turn of each, for `seconds` each. */
  round(clients: number, seconds: number): Promise<Round>;
}

export const CLIENTS = [1, 8, 32] as const;

const MOST_CLIENTS = Math.max(...CLIENTS);
const COUNTED = 10;
/** Until the code is compiled; what is slower upstream needs less of it. */
const WARM_UP = { clients: 8, seconds: 1.5 };
/** How many more versions than the last turn's speed asks for; a turn ends early without any. */
const RESERVE = 1.5;
/** What more clients may be faster by than fewer were. */
const GAIN = 4;

const DOCUMENT = `mutation ($input: DecideModelVersionInput!) { decided: approveModelVersion(input: $input) {
  approval { id state hash } modelVersion { approvalStatus } problem { code } } }`;

export async function openTurns(of: Case, urls: Urls, directory: string): Promise<Turns> {
  await using opening = new AsyncDisposableStack();
  const { methods: gateway } = opening.use(startRemote<GatewayRemote>(new URL('gateway-process.js', import.meta.url)));
  const origin = await gateway.open(setupOf(of, urls, directory));
  const deciders = opening.use(createClients(origin, MOST_CLIENTS, isWritten));
  const versions: VersionRef[] = [];
  const provide = async (count: number) => {
    if (versions.length < count) versions.push(...(await gateway.makeVersions(count - versions.length)));
  };

  const { calls, answer, perSecond } = await countOne(gateway, deciders);
  const { methods: floor } = opening.use(startRemote<FloorRemote>(new URL('floor-process.js', import.meta.url)));
  const floorOrigin = await floor.open(setupOf(of, urls, directory), { calls, answer });
  const others = opening.use(createClients(floorOrigin, MOST_CLIENTS, (body) => body.length === answer.length));
  const request = decisionOf({ registryId: of.registry, name: 'x'.repeat(40), version: '100' });

  const speeds = new Map<number, number>([[1, perSecond]]);
  const decide = async (clients: number, seconds: number): Promise<Measured> => {
    const expected = speeds.get(clients) ?? GAIN * Math.max(...speeds.values());
    await provide(Math.ceil(expected * seconds * RESERVE) + clients);
    const measured = await deciders.run(nextOf(versions), clients, seconds);
    speeds.set(clients, measured.perSecond);
    return measured;
  };
  const fall = (to: Floor, clients: number, seconds: number) =>
    others.run(() => ({ ...request, path: `/${to}` }), clients, seconds);

  await decide(WARM_UP.clients, WARM_UP.seconds);
  for (const each of FLOORS) await fall(each, WARM_UP.clients, WARM_UP.seconds / FLOORS.length);
  const opened = opening.move();
  return {
    calls,
    answerBytes: Buffer.byteLength(answer),
    async round(clients, seconds) {
      return {
        gateway: await decide(clients, seconds),
        calls: await fall('calls', clients, seconds),
        registry: await fall('registry', clients, seconds),
        bare: await fall('bare', clients, seconds),
      };
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** What one decision takes, of which the floor is made. */
async function countOne(gateway: GatewayRemote, deciders: Clients): Promise<FloorPlan & { perSecond: number }> {
  // The first ones open connections, and make what is not there yet.
  const [first, ...versions] = await gateway.makeVersions(COUNTED + 1);
  let answer = '';
  if (first !== undefined) await deciders.ask(decisionOf(first));
  await gateway.takeCalls();
  const started = performance.now();
  for (const version of versions) answer = await deciders.ask(decisionOf(version));
  const perSecond = (COUNTED * 1000) / (performance.now() - started);
  const { registry, governance, requests, ...rest } = await gateway.takeCalls();
  return {
    answer,
    perSecond,
    calls: {
      ...rest,
      registry: perDecision(registry, COUNTED),
      governance: perDecision(governance, COUNTED),
      requests: perDecision(requests, COUNTED),
    },
  };
}

/** Each version is decided once. */
function nextOf(versions: VersionRef[]): Next {
  return () => {
    const version = versions.pop();
    return version === undefined ? undefined : decisionOf(version);
  };
}

function decisionOf(version: VersionRef): { readonly path: string; readonly body: string } {
  const input = { modelVersionId: versionId(version), expectedStatus: 'PENDING', comment: 'Checked by hand' };
  return { path: '/graphql', body: JSON.stringify({ query: DOCUMENT, variables: { input } }) };
}

function isWritten(body: string): boolean {
  return body.includes('"state":"WRITTEN"') && body.includes('"approvalStatus":"APPROVED"');
}
