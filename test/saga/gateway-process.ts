import { type ConfiguredRegistry, type GatewaySetup, openGateway } from './open-gateway.js';
import { createGate, gatedAdapter, gatedStore, type StopAt } from './stop-at.js';
import { startWireGate } from './wire-gate.js';

// A gateway in a process of its own, which stops itself at a point of a decision's course. What it is told comes as the first message.

export interface ProcessSetup {
  readonly gateway: GatewaySetup;
  readonly stopAt: StopAt | null;
}

export type FromProcess =
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'reached' }
  | { readonly kind: 'failed'; readonly why: string };

// Nobody is there any more to end it.
process.once('disconnect', () => process.exit());
process.once('message', (setup) => {
  start(setup as ProcessSetup).catch((error: unknown) =>
    tell({ kind: 'failed', why: error instanceof Error ? String(error.stack) : String(error) }),
  );
});

async function start({ gateway, stopAt }: ProcessSetup): Promise<void> {
  if (stopAt === null) return void (await listen(gateway, {}));
  const gate = createGate(stopAt, () => tell({ kind: 'reached' }));
  const registries: ConfiguredRegistry[] = [];
  for (const registry of gateway.registries) {
    const call = stopAt.points[registry.id]?.call ?? '';
    registries.push(call.startsWith('wire ') ? await behind(registry, gate) : registry);
  }
  await listen(
    { ...gateway, registries },
    { store: (store) => gatedStore(store, gate), adapter: (adapter) => gatedAdapter(adapter, gate) },
  );
}

async function listen(...args: Parameters<typeof openGateway>): Promise<void> {
  const { url } = await openGateway(...args);
  await tell({ kind: 'listening', url });
}

async function behind(registry: ConfiguredRegistry, gate: Parameters<typeof startWireGate>[2]) {
  const { id, options } = registry;
  const key = 'url' in options ? 'url' : 'endpoint';
  const target = String(options[key]);
  const origin = await startWireGate(target, id, gate);
  return { ...registry, options: { ...options, [key]: origin, ...(key === 'url' ? {} : { stsEndpoint: target }) } };
}

function tell(message: FromProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error) => (error === null ? resolve() : reject(error)));
  });
}
