import { createHash } from 'node:crypto';
import type { AwsSession } from '../shared/aws-client.js';

const NAME_MAX = 64;

/**
 * The session that stands for a caller. AWS takes 2 to 64 characters of few kinds; a name that has to be changed for that gets a part of its hash,
 * so that two people do not become one.
 */
export function sessionOf(callerName: string): AwsSession {
  const name = /^[\w+=,.@-]{2,64}$/.test(callerName) ? callerName : substitute(callerName);
  return { name, sourceIdentity: name };
}

function substitute(callerName: string): string {
  const hash = createHash('sha256').update(callerName).digest('hex').slice(0, 8);
  return `${callerName.replaceAll(/[^\w+=,.@-]/g, '-').slice(0, NAME_MAX - hash.length - 1)}-${hash}`;
}

/** Keeps the `max` values that were asked for last. */
export function createRecent<V>(max: number, create: (key: string) => V): (key: string) => V {
  const kept = new Map<string, V>();
  return (key) => {
    const value = kept.get(key) ?? create(key);
    kept.delete(key);
    kept.set(key, value);
    const [oldest] = kept.keys();
    if (kept.size > max && oldest !== undefined) kept.delete(oldest);
    return value;
  };
}
