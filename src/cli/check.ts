import { checkJournal, createAdapter, createStore, readConfig } from '../app.js';
import type { GatewayConfig } from '../config/load-config.js';
import type { CheckResult } from '../domain/registry.js';
import { readConfigFile } from './read-config-file.js';

interface Report {
  readonly kind: string;
  readonly ok: boolean;
  readonly checks: readonly CheckResult[];
}

interface RegistryReport extends Report {
  readonly id: string;
}

/** Reads the config, then asks every registry, the governance store and a shared journal for what the gateway needs of it. @returns 0 when all is well, 1 when not. */
export async function check(options: { config: string; json: boolean }): Promise<number> {
  const config = readConfig(await readConfigFile(options.config));
  const reports = await Promise.all(
    config.registries.map(async (registry): Promise<RegistryReport> => {
      await using adapter = createAdapter(registry, config);
      const signal = AbortSignal.timeout(config.deadlines.writeMs);
      const checks = await adapter.check({ signal, priority: 'interactive' });
      return { id: registry.id, kind: registry.kind, ok: checks.every((result) => result.ok), checks };
    }),
  );
  const governance = await checkStore(config);
  const shared = await checkShared(config);
  const json = () => `${JSON.stringify({ registries: reports, governance, ...shared }, null, 2)}\n`;
  const others = Object.entries(shared).map(([id, report]) => ({ id, ...report }));
  process.stdout.write(
    options.json ? json() : asText([...reports, { id: 'governance store', ...governance }, ...others]),
  );
  return [...reports, governance, ...others].every((report) => report.ok) ? 0 : 1;
}

async function checkStore(config: GatewayConfig): Promise<Report> {
  await using store = createStore(config);
  const checks = await store.check();
  return { kind: config.governance.store.kind.toUpperCase(), ok: checks.every((result) => result.ok), checks };
}

/** What only replicas need. */
async function checkShared(config: GatewayConfig): Promise<Readonly<Record<string, Report>>> {
  const result = await checkJournal(config);
  return result === null ? {} : { journal: { kind: 'REDIS', ok: result.ok, checks: [result] } };
}

function asText(reports: readonly RegistryReport[]): string {
  return reports
    .map((report) => {
      const lines = report.checks.map(({ ok, name, message }) => `  ${ok ? 'ok  ' : 'FAIL'} ${name}: ${message}\n`);
      return `${report.id} (${report.kind}) ${report.ok ? 'is well' : 'is NOT well'}\n${lines.join('')}`;
    })
    .join('\n');
}
