import pino from 'pino';
import { type App, type AppOverrides, createAdapter, createApp, createStore, readConfig } from '../../src/app.js';
import type { GatewayConfig } from '../../src/config/load-config.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import type { GovernanceStore } from '../../src/governance/store.js';

export interface ConfiguredRegistry {
  readonly id: string;
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** All that gateways over one company have in common. JSON, so that another process can open the same. */
export interface GatewaySetup {
  /** Folder for what the gateway makes for itself. */
  readonly directory: string;
  readonly registries: readonly ConfiguredRegistry[];
  /** The section of the config. */
  readonly governance: Readonly<Record<string, unknown>>;
  /** For `${LEDGER_KEY}`. */
  readonly ledgerKey: string;
  readonly times: Times;
}

export interface Times {
  readonly startWithinMs: number;
  readonly sweepMs: number;
  readonly writeMs: number;
}

/** What a test puts around the parts of a gateway. */
export interface Around {
  readonly store?: (store: GovernanceStore) => GovernanceStore;
  readonly adapter?: (adapter: RegistryAdapter) => RegistryAdapter;
}

/** The real app on a free port. */
export function openGateway(setup: GatewaySetup, around: Around = {}): Promise<App> {
  const config = configOf(setup);
  const { store: aroundStore = (it) => it, adapter: aroundAdapter = (it) => it } = around;
  const overrides: AppOverrides = {
    log: pino({ level: 'silent' }),
    probe: false,
    sync: false,
    createAdapter: (registry) => aroundAdapter(createAdapter(registry, config)),
    createStore: () => aroundStore(createStore(config)),
    decisionTimes: setup.times,
  };
  return createApp(config, overrides);
}

export function configOf({ directory, registries, governance, ledgerKey, times }: GatewaySetup): GatewayConfig {
  return readConfig({
    text: JSON.stringify({
      server: { port: 0 },
      access: { anonymous: { role: 'admin' } },
      deadlines: { writeMs: times.writeMs },
      governance,
      registries,
    }),
    file: `${directory}/registrar.yaml`,
    environment: { LEDGER_KEY: ledgerKey },
  });
}
