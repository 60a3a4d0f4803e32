import { createHash, randomUUID } from 'node:crypto';
import canonicalize from 'canonicalize';
import { ConflictError, IdempotencyKeyReusedError, InvalidInputError, RegistryError } from '../domain/errors.js';
import type { RequestRecord, RequestStore } from '../governance/store.js';

export interface Request {
  /** Whose it is: keys of others never meet. */
  readonly callerId: string;
  /** Name of the mutation. */
  readonly mutation: string;
  /** JSON, as it was sent. */
  readonly input: { readonly idempotencyKey?: string | null };
}

export interface Attempt {
  /** Names the request to the registry; undefined without an idempotency key. */
  readonly requestId: string | undefined;
  /** True where an earlier attempt ended without telling how: its effect may be there. */
  readonly isRepeated: boolean;
  /** To be called by what changes several things one after the other: an error after it does not free the key. */
  readonly noteEffect: () => void;
}

export interface Once<R> {
  readonly result: R;
  readonly replayed: boolean;
}

export interface IdempotencyOptions {
  readonly requests: RequestStore;
  /** How long an attempt may run before another may take its place. */
  readonly attemptMs: number;
  readonly now: () => number;
  /** Told where a result could not be kept: a repetition will look for the effect instead. */
  readonly report: (error: unknown) => void;
}

const KEPT_MS = 24 * 3_600_000;
const ASK_AGAIN_MS = 5_000;
const KEY_MIN = 16;
const KEY_MAX = 128;

/**
 * After these a first attempt has written nothing, so that the key is free again. Not among them is what the second of several calls may meet, say
 * the one that reads back: RATE_LIMITED, and FORBIDDEN.
 */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'NOT_FOUND',
  'CONFLICT',
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'POLICY_DENIED',
  'COST_EXCEEDED',
  'UNSUPPORTED',
]);

/**
 * Runs a mutation once per caller, mutation and key: the same key and input give the first result again.
 *
 * @param run Its result must be JSON.
 * @throws IdempotencyKeyReusedError for another input; ConflictError, retryable, while the first attempt runs; whatever `run` throws.
 */
export async function once<R>(
  options: IdempotencyOptions,
  request: Request,
  run: (attempt: Attempt) => Promise<R>,
): Promise<Once<R>> {
  const { idempotencyKey } = request.input;
  if (idempotencyKey === null || idempotencyKey === undefined) {
    const attempt = { requestId: undefined, isRepeated: false, noteEffect: () => {} };
    return { result: await run(attempt), replayed: false };
  }
  const fresh = newRecord(options, request, idempotencyKey);
  const kept = await options.requests.begin(fresh);
  if (kept.inputHash !== fresh.inputHash) {
    throw new IdempotencyKeyReusedError(
      'This idempotencyKey came with another input before. Use a new key for each intent.',
    );
  }
  if (kept.result !== null) return { result: JSON.parse(kept.result) as R, replayed: true };
  const isRepeated = kept.holder !== fresh.holder;
  const own = isRepeated ? await takeOver(options, kept, fresh) : fresh;
  // What earlier attempts have done cannot be told.
  let mayHaveEffect = isRepeated;
  const noteEffect = () => {
    mayHaveEffect = true;
  };
  try {
    const result = await run({ requestId: own.requestId, isRepeated, noteEffect });
    await options.requests.replace({ ...own, result: JSON.stringify(result) }, own.holder).catch(options.report);
    return { result, replayed: false };
  } catch (error) {
    await letGo(options, own, mayHaveEffect, error).catch(options.report);
    throw error;
  }
}

/** @throws InvalidInputError */
export function refuseBadKey(key: string | null | undefined): void {
  if (key === null || key === undefined || (key.length >= KEY_MIN && key.length <= KEY_MAX)) return;
  throw new InvalidInputError(
    `\`idempotencyKey\` has ${key.length} characters; it must have ${KEY_MIN} to ${KEY_MAX}. A UUID is a good one.`,
  );
}

function newRecord(options: IdempotencyOptions, { callerId, mutation, input }: Request, key: string): RequestRecord {
  refuseBadKey(key);
  const now = options.now();
  const { idempotencyKey: _, ...rest } = input;
  return {
    key: hash([callerId, mutation, key]),
    inputHash: hash(rest),
    holder: randomUUID(),
    requestId: randomUUID(),
    runningUntil: new Date(now + options.attemptMs).toISOString(),
    result: null,
    expiresAt: new Date(now + KEPT_MS).toISOString(),
  };
}

async function takeOver(
  options: IdempotencyOptions,
  kept: RequestRecord,
  fresh: RequestRecord,
): Promise<RequestRecord> {
  const taken = { ...kept, holder: fresh.holder, runningUntil: fresh.runningUntil };
  const leftMs = Date.parse(kept.runningUntil) - options.now();
  if (leftMs <= 0 && (await options.requests.replace(taken, kept.holder))) return taken;
  throw new ConflictError('The first request with this idempotencyKey is still running. Send it again in a moment.', {
    retryable: true,
    // Most end well before the time that they may take at most.
    retryAfterMs: Math.min(Math.max(leftMs, 0), ASK_AGAIN_MS),
  });
}

/** Without an effect the key is free again; otherwise the next attempt takes over at once and looks for the effect. */
async function letGo(
  options: IdempotencyOptions,
  own: RequestRecord,
  mayHaveEffect: boolean,
  error: unknown,
): Promise<void> {
  if (!mayHaveEffect && error instanceof RegistryError && WITHOUT_EFFECT.has(error.code)) {
    await options.requests.remove(own.key, own.holder);
  } else {
    await options.requests.replace({ ...own, runningUntil: new Date(options.now()).toISOString() }, own.holder);
  }
}

function hash(value: unknown): string {
  // What is absent and what is undefined are the same input.
  const plain: unknown = JSON.parse(JSON.stringify(value));
  return createHash('sha256').update(canonicalText(plain)).digest('hex');
}

/** What was parsed from JSON has a canonical form, unless it holds text that is none. */
function canonicalText(plain: unknown): string {
  try {
    return canonicalize(plain) ?? '';
  } catch (cause) {
    throw new InvalidInputError('The input holds text with a lone surrogate. Send well-formed text.', { cause });
  }
}
