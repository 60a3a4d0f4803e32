import { PermissionDeniedError, type RegistryError, UnexpectedUpstreamError } from '../../src/domain/errors.js';
import type { CheckResult } from '../../src/domain/registry.js';
import { type MlflowCall, MlflowFault } from './errors.js';
import type { MlflowSession } from './session.js';

/** What `registrar check` asks of an MLflow server: each thing once, and told apart. */
export async function check(session: MlflowSession, call: MlflowCall): Promise<readonly CheckResult[]> {
  const { client, options } = session;
  const search = { conditions: [], orderBy: [], limit: 1 };
  const [version, models, versions, workspace] = await Promise.all([
    outcome(client.serverVersion(call)),
    outcome(client.searchModels(search, call)),
    outcome(client.searchVersions(search, call)),
    // Servers without workspaces may ignore the header, and would show what is everyone's.
    options.workspace === undefined ? undefined : outcome(client.findWorkspace(call)),
  ]);
  const faults = [models, versions].map(({ error }) => error);
  const denied = faults.find((error) => error instanceof PermissionDeniedError);
  // With basic-auth the version is a secret too, a server may refuse the workspace everywhere, and a proxy may pass on the API alone.
  const isReached = [version, models].some(({ error }) => error === undefined || isMlflow(error));
  const unreached = isReached ? undefined : version.error;
  return [
    result('reach', unreached, `MLflow ${version.value ?? 'of unknown version'} at ${options.url}.`),
    result('auth', denied ?? unreached, `The server takes the gateway's calls (auth: ${options.auth.type}).`),
    ...(workspace === undefined
      ? []
      : [result('workspace', unreached ?? workspaceFault(workspace.error), `Workspace ${options.workspace}.`)]),
    result('registered-models/search', models.error, 'Registered models can be read.'),
    result('model-versions/search', versions.error, 'Model versions can be read.'),
  ];
}

/** That it may not be looked at says nothing of whether it is there; the searches in it do. */
function workspaceFault(error: RegistryError | undefined): RegistryError | undefined {
  if (error === undefined || error instanceof PermissionDeniedError) return undefined;
  const { registryId, operation } = error;
  return new UnexpectedUpstreamError(
    "The server does not know the workspace in the registry's options, or has no workspaces. Create it, or correct `workspace`.",
    { registryId, operation, cause: error },
  );
}

/** The server is there, whatever it says. */
function isMlflow({ cause }: RegistryError): boolean {
  return (
    cause instanceof MlflowFault && (cause.errorCode !== undefined || cause.status === 401 || cause.status === 403)
  );
}

function result(name: string, error: RegistryError | undefined, message: string): CheckResult {
  return { name, ok: error === undefined, message: error?.message ?? message };
}

async function outcome<T>(promise: Promise<T>): Promise<{ readonly value?: T; readonly error?: RegistryError }> {
  return promise.then(
    (value) => ({ value }),
    (error: RegistryError) => ({ error }),
  );
}
