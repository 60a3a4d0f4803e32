import { PermissionDeniedError, type RegistryError, UnexpectedUpstreamError } from '../../src/domain/errors.js';
import type { CheckResult } from '../../src/domain/registry.js';
import type { MlflowCall } from './errors.js';
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
  return [
    result('reach', version.error, `MLflow ${version.value} at ${options.url}.`),
    result('auth', denied, `The server takes the gateway's calls (auth: ${options.auth.type}).`),
    ...(options.workspace === undefined ? [] : [result('workspace', workspace, `Workspace ${options.workspace}.`)]),
    result('registered-models/search', models.error, 'Registered models can be read.'),
    result('model-versions/search', versions.error, 'Model versions can be read.'),
  ];
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
