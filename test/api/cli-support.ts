import { type CliOptions, type CliResult, runCli } from '../unit/cli/run-cli.js';
import type { Desk, Person } from './support.js';

/** Runs a command through its real entry, against the desk's gateway, with somebody's token. */
export async function runAs(
  desk: Desk,
  person: Person,
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  const env = { REGISTRAR_URL: `${desk.gateway.url}/graphql`, REGISTRAR_TOKEN: await desk.token(person) };
  return runCli(args, { ...options, env: { ...env, ...options.env } });
}

export function statusOf(desk: Desk, number: number) {
  return desk.store.model('churn')?.versions.get(number)?.approvalStatus;
}

/** What the ledger has of a version, the newest first. */
export async function decisionsOf(desk: Desk, id: string) {
  const document = `query ($id: ID!) { modelVersion(id: $id) { approvals { nodes { id to state comment actor { name } } } } }`;
  return (await desk.ask('root', document, { id })).data.modelVersion.approvals.nodes;
}
