import type { VersionRef } from '../../src/domain/refs.js';
import { type GatewaySetup, openGateway } from '../saga/open-gateway.js';
import { type Counts, countRequests, createCounter, observed } from './counters.js';
import { serveRemote } from './remote.js';
import { createVersionMaker, type VersionMaker } from './versions.js';

// The gateway that is measured, in a process of its own.

export interface GatewayRemote {
  /** @returns Where it listens. */
  open(setup: GatewaySetup): Promise<string>;
  /** Past the gateway. */
  makeVersions(count: number): Promise<readonly VersionRef[]>;
  /** What was called since the last time. */
  takeCalls(): Promise<Calls>;
}

export interface Calls {
  /** Of the registry's adapter, under all wrappers. */
  readonly registry: Counts;
  /** Of the governance store. */
  readonly governance: Counts;
  readonly requests: Counts;
  /** What each method of the governance store was called with the last time. */
  readonly arguments: Readonly<Record<string, readonly unknown[]>>;
}

const counters = { registry: createCounter(), governance: createCounter(), requests: createCounter() };
const lastArguments: Record<string, readonly unknown[]> = {};
countRequests(counters.requests);
let maker: VersionMaker | undefined;

serveRemote({
  async open(setup) {
    const app = await openGateway(setup, {
      adapter: (raw) => {
        maker = createVersionMaker(raw);
        return observed(raw, (method) => counters.registry.add(method));
      },
      store: (raw) =>
        observed(raw, (method, args) => {
          counters.governance.add(method);
          lastArguments[method] = args;
        }),
    });
    return app.url;
  },
  async makeVersions(count) {
    if (maker === undefined) throw new Error('The gateway is not open yet.');
    return maker.make(count);
  },
  async takeCalls() {
    const { registry, governance, requests } = counters;
    return {
      registry: registry.take(),
      governance: governance.take(),
      requests: requests.take(),
      arguments: lastArguments,
    };
  },
} satisfies GatewayRemote);
