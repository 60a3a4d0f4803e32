import { createHmac, timingSafeEqual } from 'node:crypto';
import type { WebhookHeaders } from '../../src/domain/change-source.js';
import { UnauthenticatedError } from '../../src/domain/errors.js';

export interface SignatureRules {
  readonly registryId: string;
  /** Any of them will do. */
  readonly secrets: readonly string[];
  readonly toleranceMs: number;
}

/**
 * @param now In milliseconds.
 * @returns The id of the delivery: the same in each of its retries, and covered by the signature.
 * @throws UnauthenticatedError with why as its cause, which is not for the sender.
 */
export function verifyDelivery(rules: SignatureRules, headers: WebhookHeaders, body: Uint8Array, now: number): string {
  const refuse = (why: string) =>
    new UnauthenticatedError('The signature of this delivery is missing, wrong or too old.', {
      registryId: rules.registryId,
      operation: 'webhook',
      cause: new Error(why),
    });
  const id = headers['x-mlflow-delivery-id'];
  const time = headers['x-mlflow-timestamp'];
  const signature = headers['x-mlflow-signature'];
  if (typeof id !== 'string' || !/^[\w.-]{1,128}$/.test(id)) throw refuse('There is no usable X-MLflow-Delivery-Id.');
  if (typeof time !== 'string' || !/^\d{1,12}$/.test(time)) throw refuse('There is no usable X-MLflow-Timestamp.');
  if (typeof signature !== 'string') throw refuse('There is no X-MLflow-Signature: has the webhook a secret?');
  // All are tried, so that how long it takes does not tell which one it was.
  const matches = rules.secrets.map((secret) => isSame(signature, sign(secret, id, time, body)));
  if (!matches.includes(true)) throw refuse('The signature is not made with a secret of ours over this body.');
  if (Math.abs(now - Number(time) * 1000) > rules.toleranceMs) {
    throw refuse(
      `The delivery is of ${time} s, and it is ${Math.floor(now / 1000)} s now: a replay, or a wrong clock.`,
    );
  }
  return id;
}

function sign(secret: string, id: string, time: string, body: Uint8Array): string {
  return `v1,${createHmac('sha256', secret).update(`${id}.${time}.`).update(body).digest('base64')}`;
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
