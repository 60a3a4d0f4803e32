import { RegistryError, UnavailableError, UnexpectedUpstreamError } from '../../src/domain/errors.js';
import { isRefusedParameter, MlflowFault } from './errors.js';
import { type ServerSetting, serverSettings } from './server-settings.js';
import type { WebhookTest } from './webhook-calls.js';

/** What concerns one webhook. */
export interface WebhookPlace {
  readonly registryId: string;
  /** Base URL of the server. */
  readonly serverUrl: string;
  /** Where it should deliver. */
  readonly hookUrl: string;
}

const POLLED = 'Changes are found by polling.';

/** What a failed call about webhooks means, in words that say what to do. */
export function webhookProblem(place: WebhookPlace, error: unknown): RegistryError {
  const options = { registryId: place.registryId, operation: 'webhook', cause: error };
  if (error instanceof RegistryError && hasNoWebhooks(error)) {
    return new UnexpectedUpstreamError(
      `The MLflow server has no webhooks: they need MLflow 3.3 and a registry in a database. Take \`webhook.manage\` out of the registry's options, or upgrade the server. ${POLLED}`,
      options,
    );
  }
  if (error instanceof RegistryError && isUnexplained(error)) {
    return new UnexpectedUpstreamError(
      `The MLflow server fails at reading its webhooks. Either it keeps its registry in files, which have none; or they were stored with another MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY, or none: set the one they were stored with, or remove them from its database. ${POLLED}`,
      options,
    );
  }
  if (isRefusedParameter(error)) {
    return new UnexpectedUpstreamError(
      `The MLflow server refuses ${place.hookUrl} as the URL of a webhook. It needs: ${named(place)}. ${POLLED}`,
      options,
    );
  }
  if (error instanceof RegistryError) return error;
  return new UnavailableError(`The webhook of the MLflow server could not be looked after now. ${POLLED}`, options);
}

/** Null: the server's example has arrived, and was believed. */
export function testProblem(place: WebhookPlace, result: WebhookTest): RegistryError | null {
  if (result.success) return null;
  const { registryId, hookUrl } = place;
  const options = {
    registryId,
    operation: 'webhook',
    cause: new Error(`${result.error_message}${result.response_body}`),
  };
  const { response_status: status } = result;
  if (status === 401) {
    return new UnexpectedUpstreamError(
      `${hookUrl} does not accept what the MLflow server sends: another gateway is there, it has another secret or no webhook for this registry, or the clocks differ. ${POLLED}`,
      options,
    );
  }
  if (status !== undefined) {
    return new UnexpectedUpstreamError(
      `${hookUrl} answers ${status} to what the MLflow server sends. Correct \`webhook.url\`, or what stands between the two. ${POLLED}`,
      options,
    );
  }
  return new UnavailableError(
    `The MLflow server cannot reach ${hookUrl}. Correct \`webhook.url\` or open the network between the two; it also needs: ${named(place)}. ${POLLED}`,
    options,
  );
}

/** Servers before 3.3 do not know the path; others that implement the API in part say so by 501. */
function hasNoWebhooks({ cause }: RegistryError): boolean {
  if (!(cause instanceof MlflowFault)) return false;
  const { status, errorCode } = cause;
  if (errorCode !== undefined) return errorCode === 'NOT_IMPLEMENTED' || errorCode === 'ENDPOINT_NOT_FOUND';
  return status === 404 || status === 405 || status === 501;
}

/** A web page of status 500: what MLflow answers where its own code does not expect the fault. */
function isUnexplained({ cause }: RegistryError): boolean {
  return cause instanceof MlflowFault && cause.status === 500 && cause.errorCode === undefined;
}

function named({ serverUrl, hookUrl }: WebhookPlace): string {
  const concerns = ({ name }: ServerSetting) => name.startsWith('MLFLOW_WEBHOOK_');
  return serverSettings(serverUrl, hookUrl)
    .filter(concerns)
    .map(({ name, value }) => (value.startsWith('<') ? name : `${name}=${value}`))
    .join(', ');
}
