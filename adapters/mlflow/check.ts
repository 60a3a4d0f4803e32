import { PermissionDeniedError, type RegistryError, UnexpectedUpstreamError } from '../../src/domain/errors.js';
import type { CheckResult } from '../../src/domain/registry.js';
import { type MlflowCall, MlflowFault } from './errors.js';
import type { MlflowSession } from './session.js';

/** What `registrar check` asks of an MLflow server: each thing once, and told apart. */
export async function check(session: MlflowSession, call: MlflowCall): Promise<readonly CheckResult[]> {
  const { client, options } = session;
  const search = { conditions: [], orderBy: [], limit: 1 };
  const [version, models, versions] = await Promise.all([
    outcome(client.serverVersion(call)),
    outcome(client.searchModels(search, call)),
    outcome(client.searchVersions(search, call)),
  ]);
  const faults = [models, versions].map(({ error }) => error);
  const denied = faults.find((error) => error instanceof PermissionDeniedError);
  const workspace = faults.find(
    (error) => error instanceof UnexpectedUpstreamError && error.message.includes('workspace'),
  );
  // With basic-auth the version is a secret too, a server may refuse the workspace everywhere, and a proxy may pass on the API alone.
  const isReached = [version, models].some(({ error }) => error === undefined || isMlflow(error));
  const unreached = isReached ? undefined : version.error;
  return [
    result('reach', unreached, `MLflow ${version.value ?? 'of unknown version'} at ${options.url}.`),
    result('auth', denied ?? unreached, `The server takes the gateway's calls (auth: ${options.auth.type}).`),
    ...(options.workspace === undefined
      ? []
      : [result('workspace', workspace ?? unreached, `Workspace ${options.workspace}.`)]),
    result('registered-models/search', models.error, 'Registered models can be read.'),
    result('model-versions/search', versions.error, 'Model versions can be read.'),
  ];
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
