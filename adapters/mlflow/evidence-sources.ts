import { NotFoundError, RegistryError } from '../../src/domain/errors.js';
import { quote } from '../../src/domain/refs.js';
import type { MlflowCall } from './errors.js';
import type { MlflowSession } from './session.js';
import type { WireLoggedModel, WireRun } from './wire.js';

/** Where evidence is read, or why it cannot be. */
export interface EvidenceSources {
  run(runId: string): Promise<WireRun | RegistryError>;
  loggedModel(modelId: string): Promise<WireLoggedModel | RegistryError>;
}

/** Each run and logged model is read once for one call of the adapter, however many versions came of it. */
export function createEvidenceSources({ client }: MlflowSession, call: MlflowCall): EvidenceSources {
  return {
    run: once(async (runId) => readable(client.getRun(runId, call), `run ${quote(runId)}`, call)),
    loggedModel: once(async (modelId) =>
      readable(client.getLoggedModel(modelId, call), `logged model ${quote(modelId)}`, call),
    ),
  };
}

function once<T>(read: (id: string) => Promise<T>): (id: string) => Promise<T> {
  const started = new Map<string, Promise<T>>();
  return (id) => {
    const reading = started.get(id) ?? read(id);
    started.set(id, reading);
    return reading;
  };
}

/** That one source cannot be read is a problem of the versions that it is about; that the call was ended is not. */
async function readable<T>(reading: Promise<T>, what: string, call: MlflowCall): Promise<T | RegistryError> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof RegistryError) || call.signal.aborted) throw error;
    if (!(error instanceof NotFoundError)) return error;
    const { registryId, operation } = call;
    return new NotFoundError(
      `The ${what} that the version came of is not on the MLflow server of registry ${registryId}, so what it logged cannot be read. ` +
        'Restore it, or register the version again.',
      { registryId, operation, cause: error },
    );
  }
}
