import { createAdapter, readConfig } from '../app.js';
import type { CheckResult } from '../domain/registry.js';
import { readConfigFile } from './read-config-file.js';

interface RegistryReport {
  readonly id: string;
  readonly kind: string;
  readonly ok: boolean;
  readonly checks: readonly CheckResult[];
}

/** Reads the config, then asks every registry for what the gateway needs of it. @returns 0 when all is well, 1 when not. */
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
  process.stdout.write(options.json ? `${JSON.stringify({ registries: reports }, null, 2)}\n` : asText(reports));
  return reports.every((report) => report.ok) ? 0 : 1;
}

function asText(reports: readonly RegistryReport[]): string {
  return reports
    .map((report) => {
      const lines = report.checks.map(({ ok, name, message }) => `  ${ok ? 'ok  ' : 'FAIL'} ${name}: ${message}\n`);
      return `${report.id} (${report.kind}) ${report.ok ? 'is well' : 'is NOT well'}\n${lines.join('')}`;
    })
    .join('\n');
}
