import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { ChangeHint, WebhookSource } from '../domain/change-source.js';
import { InvalidInputError, RegistryError, TimeoutError, UnauthenticatedError } from '../domain/errors.js';
import { formatError } from './format-error.js';
import { answerJson, BodyTooLargeError, readBody } from './http-io.js';

export interface HookOptions {
  /** The webhook of a registry; null where there is none. @param kind In lower case. */
  readonly find: (kind: string, registryId: string) => WebhookSource | null;
  /**
   * Takes what a delivery has told, unless the same was taken before. Resolves once it is in the journal; rejects with a `RegistryError` where
   * that could not be done now.
   */
  readonly handleHook: (registryId: string, hints: readonly ChangeHint[], signal: AbortSignal) => Promise<void>;
  /** Default: 1 MiB. */
  readonly maxBodyBytes?: number;
  /** How long a delivery may take before it is put off: less than the sender waits. Default: 20 s. */
  readonly takeMs?: number;
  /** Least time to put a delivery off by, in seconds. Default: 5. */
  readonly retryAfterSeconds?: number;
  readonly log: Logger;
}

/** Answers what is sent to a path that begins with `/hooks/`. */
export type HookHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  pathname: string,
  requestId: string,
) => Promise<void>;

const MAX_BODY_BYTES = 1_048_576;
// MLflow waits for 30 s.
const TAKE_MS = 20_000;
// MLflow tries three times more and then forgets: an outage of some seconds should fit in between.
const RETRY_AFTER_SECONDS = 5;
const RETRY_AFTER_SECONDS_MAX = 30;

/** `POST /hooks/<kind>/<registryId>`: a delivery is acknowledged, with 204, once what it tells is in the journal. */
export function createHookHandler(options: HookOptions): HookHandler {
  const { handleHook, log, maxBodyBytes = MAX_BODY_BYTES, takeMs = TAKE_MS } = options;
  const find = hidingWhatIsThere(options.find);

  return async (request, response, pathname, requestId) => {
    const logged = { requestId, path: pathname.slice(0, LOGGED_PATH_LENGTH) };
    if (request.method !== 'POST') {
      answer(response, 405, new InvalidInputError('Deliveries of webhooks are sent by POST.'), { Allow: 'POST' });
      return;
    }
    const source = find(pathname);
    let hints: readonly ChangeHint[];
    try {
      hints = source.read(request.headers, await readBody(request, maxBodyBytes));
    } catch (error) {
      if (error instanceof BodyTooLargeError) {
        answer(response, 413, new InvalidInputError(`A delivery has at most ${maxBodyBytes} bytes.`));
      } else if (error instanceof UnauthenticatedError) {
        log.warn({ ...logged, reason: reasonOf(error) }, 'a delivery to a webhook was refused');
        answer(response, 401, new UnauthenticatedError(REFUSED));
      } else if (error instanceof InvalidInputError) {
        log.warn({ ...logged, reason: error.message }, 'a delivery to a webhook was not understood');
        answer(response, 400, error);
      } else {
        throw error;
      }
      return;
    }
    try {
      if (hints.length > 0) await within(takeMs, (signal) => handleHook(source.registryId, hints, signal));
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      log.warn({ ...logged, code: error.code, err: error }, 'a delivery to a webhook was put off');
      answer(response, 503, error, { 'Retry-After': putOffBy(error, options.retryAfterSeconds) });
      return;
    }
    response.writeHead(204).end();
  };
}

const LOGGED_PATH_LENGTH = 200;

/** What takes as long and says the same as a real one that refuses: whoever tries addresses does not learn which registries there are. */
function hidingWhatIsThere(find: HookOptions['find']): (pathname: string) => WebhookSource {
  const key = randomBytes(32);
  const decoy: WebhookSource = {
    registryId: '',
    read(_, body) {
      createHmac('sha256', key).update(body).digest();
      throw new UnauthenticatedError(REFUSED, { cause: new Error('There is no webhook at this address.') });
    },
  };
  return (pathname) => {
    const [, kind, registryId] = /^\/hooks\/([a-z0-9-]+)\/([a-z0-9-]+)$/.exec(pathname) ?? [];
    return (kind === undefined || registryId === undefined ? null : find(kind, registryId)) ?? decoy;
  };
}

/** In seconds. */
function putOffBy({ retryAfterMs = 0 }: RegistryError, atLeast = RETRY_AFTER_SECONDS): number {
  return Math.min(Math.max(Math.ceil(retryAfterMs / 1000), atLeast), RETRY_AFTER_SECONDS_MAX);
}

function reasonOf({ cause }: Error): string | undefined {
  return cause instanceof Error ? cause.message : undefined;
}

const REFUSED =
  'This delivery is not accepted: there is no webhook at this address, or its signature is missing, wrong or too old. The log of the gateway says which.';

/** The work may go on after that: what it appends later is found to be there when the delivery comes again. */
async function within(ms: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const signal = AbortSignal.timeout(ms);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const giveUp = () =>
    reject(new TimeoutError('What the delivery tells could not be looked at in time. It is to be sent again.'));
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    await Promise.race([work(signal), late]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

function answer(
  response: ServerResponse,
  status: number,
  error: RegistryError,
  headers: OutgoingHttpHeaders = {},
): void {
  answerJson(response, status, { errors: [formatError({ message: error.message }, error)] }, headers);
}
