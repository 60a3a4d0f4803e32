import { request as send } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebhookSource } from '../../../src/domain/change-source.js';
import {
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  type RegistryError,
  UnauthenticatedError,
} from '../../../src/domain/errors.js';
import { JournalUnavailableError } from '../../../src/journal/journal.js';
import { type HookListener, startHookListener } from '../../support/hook-listener.js';

const HINT = { registryId: 'known', dedupeKey: 'd1' };
const BODY = 'a body that nobody logs';

/** Believes whoever knows the word. */
const source: WebhookSource = {
  registryId: 'known',
  read(headers, body) {
    if (headers['x-word'] !== 'open')
      throw new UnauthenticatedError('Because of the word.', { cause: new Error('word') });
    const said = Buffer.from(body).toString();
    if (said === 'nonsense') throw new InvalidInputError('That is no delivery.');
    return said === 'a test' ? [] : [HINT];
  },
};

describe('deliveries of webhooks', () => {
  let listener: HookListener;
  beforeEach(async () => {
    listener = await startHookListener({ maxBodyBytes: 100, takeMs: 50 });
    listener.sources.set('known', source);
  });
  afterEach(() => listener[Symbol.asyncDispose]());

  const deliver = async (
    body: string,
    {
      path = '/hooks/mlflow/known',
      method = 'POST',
      word = 'open',
    }: { path?: string; method?: string; word?: string } = {},
  ) => {
    const answer = await fetch(`${listener.url}${path}`, {
      method,
      headers: { 'x-word': word },
      ...(method === 'GET' ? {} : { body }),
    });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };
  const failing = async (error: RegistryError) => {
    listener.onTake = () => Promise.reject(error);
    const { status, headers } = await deliver(BODY);
    return { status, retryAfter: headers.get('retry-after') };
  };

  it('are acknowledged once what they tell is taken', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    listener.onTake = () => promise;
    const answer = deliver(BODY);
    await listener.hint(() => true);
    expect(listener.requests).toEqual([]);
    resolve();
    expect(await answer).toMatchObject({ status: 204, text: '' });
    expect(listener.taken).toEqual([HINT]);
  });

  it('are acknowledged without a look at the journal where they tell nothing', async () => {
    listener.onTake = () => Promise.reject(new JournalUnavailableError());
    expect(await deliver('a test')).toMatchObject({ status: 204 });
  });

  it('are put off while they cannot be taken, whatever the reason', async () => {
    expect(await failing(new JournalUnavailableError())).toEqual({ status: 503, retryAfter: '5' });
    expect(await failing(new RateLimitedError('Slowly.', { retryAfterMs: 12_300 }))).toEqual({
      status: 503,
      retryAfter: '13',
    });
    expect(await failing(new RateLimitedError('Slowly.', { retryAfterMs: 3_600_000 }))).toEqual({
      status: 503,
      retryAfter: '30',
    });
    // Not the sender's fault, though the error is one that is somebody's fault elsewhere.
    expect(await failing(new InvalidInputError('A filter is wrong.'))).toMatchObject({ status: 503 });
    expect(await failing(new NotFoundError('Not there.'))).toMatchObject({ status: 503 });
  });

  it('are put off where taking them does not come to an end, and the work is told', async () => {
    let signal: AbortSignal | undefined;
    listener.onTake = (_, __, given) => {
      signal = given;
      return new Promise(() => undefined);
    };
    expect(await deliver(BODY)).toMatchObject({ status: 503 });
    expect(signal?.aborted).toBe(true);
  });

  it('do not show which registries there are', async () => {
    const wrong = await deliver(BODY, { word: 'shut' });
    expect(wrong.status).toBe(401);
    expect(wrong.text).not.toContain('Because');
    for (const path of [
      '/hooks/mlflow/other',
      '/hooks/other/known',
      '/hooks/mlflow/known/',
      '/hooks/mlflow',
      '/hooks/',
    ]) {
      const { status, text: said } = await deliver(BODY, { path });
      expect({ path, status, said }).toEqual({ path, status: 401, said: wrong.text });
    }
    expect(listener.taken).toEqual([]);
    // The log does.
    const reasons = listener.log.map((line) => (JSON.parse(line) as { reason: string }).reason);
    expect(new Set(reasons)).toEqual(new Set(['word', 'There is no webhook at this address.']));
  });

  it('are refused where they are none', async () => {
    expect(await deliver('nonsense')).toMatchObject({ status: 400 });
    expect(await deliver('x'.repeat(101))).toMatchObject({ status: 413 });
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status, headers } = await deliver(BODY, { method });
      expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: 'POST' });
    }
  });

  it('are read up to the limit where they do not say how long they are', async () => {
    const { hostname, port } = new URL(listener.url);
    const answer = await new Promise<{ status: number | undefined; said: string }>((resolve, reject) => {
      const request = send({ hostname, port, path: '/hooks/mlflow/known', method: 'POST' }, async (response) =>
        resolve({ status: response.statusCode, said: await text(response) }),
      );
      request.once('error', reject);
      request.write('x'.repeat(80));
      request.end('x'.repeat(80));
    });
    expect(answer.status).toBe(413);
  });

  it('are never logged', async () => {
    await failing(new JournalUnavailableError());
    await deliver(BODY, { word: 'shut' });
    expect(listener.log).toHaveLength(2);
    expect(listener.log.join()).not.toContain(BODY);
  });
});
