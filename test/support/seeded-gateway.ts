import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { parse, stringify } from 'yaml';
import { writeGatewayConfig } from '../../sandbox/gateway-config.js';
import { WEBHOOK_SECRET } from '../../sandbox/registries.js';
import { seedSandbox } from '../../sandbox/seed/index.js';
import { createApp, readConfig } from '../../src/app.js';
import { engines } from './engines.js';
import { type FaultProxy, startFaultProxy } from './fault-proxy.js';
import { type GraphQLAnswer, postGraphQL } from './gateway.js';
import { withSeedLock } from './seed-lock.js';

/** The sandbox's registries with its seed, each reached through a proxy of its own that counts and can fail. */
export interface SeededGateway extends AsyncDisposable {
  readonly url: string;
  query(
    document: string,
    variables?: Record<string, unknown>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<GraphQLAnswer>;
  /** By registry id. */
  proxy(registryId: string): FaultProxy;
  forgetRequests(): void;
  /** What the engines behind them were asked, all registries together; signing in is not counted. */
  upstreamCalls(): number;
}

export interface SeededOptions {
  /** The section of the config. Default: the sandbox's, where whoever asks is admin. */
  readonly access?: unknown;
  readonly deadlines?: { readonly listMs?: number; readonly lookupMs?: number };
}

interface RegistryDocument {
  readonly id: string;
  readonly options: { endpoint?: string; url?: string };
}

/** Of a webhook that no server is told of here. */
const ENVIRONMENT = { [WEBHOOK_SECRET]: 'a-secret-that-nobody-signs-with' };

/** The seed is idempotent: files of one run share what the first has put there. */
export async function startSeededGateway({ deadlines = {}, access }: SeededOptions = {}): Promise<SeededGateway> {
  const { aws, mlflow } = engines();
  if (aws === null || mlflow === null) throw new Error('The seeded gateway needs the engines of a whole run.');
  await using opening = new AsyncDisposableStack();
  const urls = { aws: aws.endpoint, mlflow: mlflow.url };
  await withSeedLock(urls.mlflow, () => seedSandbox(urls));

  const directory = await mkdtemp(path.join(tmpdir(), 'registrar-seeded-'));
  opening.defer(() => rm(directory, { recursive: true, force: true }));
  const file = path.join(directory, 'registrar.yaml');
  writeGatewayConfig(file, 0, urls, true);
  const document = parse(await readFile(file, 'utf8')) as { registries: RegistryDocument[] };
  const proxies = new Map<string, FaultProxy>();
  for (const { id, options } of document.registries) {
    const upstream = options.endpoint ?? options.url;
    if (upstream === undefined) throw new Error(`Registry ${id} has no upstream.`);
    const proxy = opening.use(await startFaultProxy(upstream));
    proxies.set(id, proxy);
    if (options.endpoint === undefined) options.url = proxy.origin;
    else options.endpoint = proxy.origin;
  }

  const changes = { deadlines, ...(access === undefined ? {} : { access }) };
  const config = readConfig({ text: stringify({ ...document, ...changes }), file, environment: ENVIRONMENT });
  const app = opening.use(await createApp(config, { log: pino({ level: 'silent' }), probe: false, sync: false }));
  const opened = opening.move();
  return {
    url: app.url,
    query: (text, variables = {}, headers = {}) => postGraphQL(app.url, { query: text, variables }, headers),
    proxy(id) {
      const proxy = proxies.get(id);
      if (proxy === undefined) throw new Error(`There is no registry ${id}.`);
      return proxy;
    },
    forgetRequests: () => {
      for (const proxy of proxies.values()) proxy.reset();
    },
    upstreamCalls: () =>
      [...proxies.values()].reduce((sum, proxy) => sum + proxy.requests.filter((label) => !isSignIn(label)).length, 0),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** AssumeRole and GetCallerIdentity go to STS as `POST /`: once an hour, whatever is asked of the registry. */
function isSignIn(label: string): boolean {
  return label === 'POST /';
}
