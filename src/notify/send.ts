import { Webhook } from 'standardwebhooks';
import { Agent, request } from 'undici';
import { retryAfterMs } from '../../adapters/shared/retry-after.js';
import type { Delivery, DeliveryFailure } from '../domain/deliveries.js';
import { CONTENT_TYPE } from './cloud-event.js';
import type { WebhookEndpoint } from './endpoint.js';
import { createGuardedConnector, PrivateAddressError, type Resolve } from './guarded-connector.js';

export type SendOutcome =
  | { readonly kind: 'ARRIVED' }
  | {
      readonly kind: 'FAILED';
      readonly failure: Omit<DeliveryFailure, 'at'>;
      readonly retryAfterMs: number | undefined;
    }
  /** The endpoint says that it is gone and wants nothing any more. */
  | { readonly kind: 'GONE'; readonly failure: Omit<DeliveryFailure, 'at'> };

export interface Sender extends AsyncDisposable {
  /** One attempt. Rejects only with the signal's reason. */
  send(delivery: Delivery, signal: AbortSignal): Promise<SendOutcome>;
}

/** Of an answer nothing is read, and little is taken in to keep the connection. */
const MAX_ANSWER_BYTES = 64 * 1024;
const GONE = 410;
/** Answers that say "not now", of the endpoint or of what stands before it, and nothing about the delivery. */
const NOT_NOW: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);

export function createSender(endpoint: WebhookEndpoint, now: () => number, resolve?: Resolve): Sender {
  const { url, secrets, timeoutMs, allowPrivateAddresses, concurrency } = endpoint;
  const signers = secrets.map((secret) => new Webhook(secret));
  const agent = new Agent({
    connections: concurrency,
    ...(allowPrivateAddresses
      ? { connectTimeout: timeoutMs }
      : { connect: createGuardedConnector(timeoutMs, resolve) }),
  });

  return {
    async send({ eventId, body }, signal) {
      const at = new Date(now());
      const timeout = AbortSignal.timeout(timeoutMs);
      try {
        // A redirect is not followed: nobody has looked at where it leads.
        const answer = await request(url, {
          dispatcher: agent,
          method: 'POST',
          headers: {
            'content-type': CONTENT_TYPE,
            'user-agent': 'registrar',
            'webhook-id': eventId,
            'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
            'webhook-signature': signers.map((signer) => signer.sign(eventId, at, body)).join(' '),
          },
          body,
          signal: AbortSignal.any([signal, timeout]),
        });
        // Its status has decided already; a body that breaks off changes nothing.
        await answer.body.dump({ limit: MAX_ANSWER_BYTES }).catch(() => undefined);
        return outcomeOf(answer.statusCode, answer.headers['retry-after']);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const message = timeout.aborted ? `It did not answer within ${timeoutMs} ms.` : reasonOf(error);
        return { kind: 'FAILED', failure: { status: null, message }, retryAfterMs: undefined };
      }
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

function outcomeOf(status: number, retryAfter: string | string[] | undefined): SendOutcome {
  if (status >= 200 && status < 300) return { kind: 'ARRIVED' };
  if (status === GONE)
    return { kind: 'GONE', failure: { status, message: 'It answered 410: it wants nothing any more.' } };
  const redirects = status >= 300 && status < 400 ? ' Redirects are not followed: give the place itself.' : '';
  return {
    kind: 'FAILED',
    failure: { status, message: `It answered ${status}.${redirects}` },
    retryAfterMs: retryAfterMs(retryAfter),
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof PrivateAddressError) {
    return `Its address ${error.address} is not on the public internet. Set allowPrivateAddresses where that is meant.`;
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return `It cannot be reached (${typeof code === 'string' ? code : 'no connection'}).`;
}

/** Whether the next delivery would fail as well: the endpoint cannot be reached, or asks for patience. */
export function isOfEndpoint({ status }: Pick<DeliveryFailure, 'status'>): boolean {
  return status === null || NOT_NOW.has(status);
}
