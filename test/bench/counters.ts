import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

/** How often each thing was done, by its name. */
export type Counts = Readonly<Record<string, number>>;

export interface Counter {
  add(name: string): void;
  /** All since the last time. */
  take(): Counts;
}

export function createCounter(): Counter {
  let counts: Record<string, number> = {};
  return {
    add(name) {
      counts[name] = (counts[name] ?? 0) + 1;
    },
    take() {
      const taken = counts;
      counts = {};
      return taken;
    },
  };
}

/** A copy that tells `onCall` of each call of a method; of those of its parts too, as `part.method`. */
export function observed<T extends object>(
  target: T,
  onCall: (method: string, args: readonly unknown[]) => void,
  prefix = '',
): T {
  const copy = (name: string, value: unknown): unknown => {
    if (typeof value === 'function') {
      return (...args: unknown[]) => {
        onCall(prefix + name, args);
        return value.apply(target, args);
      };
    }
    return prefix === '' && isService(value) ? observed(value, onCall, `${name}.`) : value;
  };
  const methods = Object.entries(target).map(([name, value]) => [name, copy(name, value)]);
  return { ...target, ...Object.fromEntries(methods) };
}

function isService(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.values(value).some((each) => typeof each === 'function');
}

interface UndiciRequest {
  readonly method: string;
  readonly path: string;
}

/** Counts the requests that this process sends, by action: `DynamoDB PutItem`, `MLflow POST model-versions/set-tag`. */
export function countRequests(counter: Counter): void {
  subscribe('http.client.request.start', (message) => {
    const { request } = message as { request: ClientRequest };
    const action = String(request.getHeader('x-amz-target') ?? '')
      .split('.')
      .at(-1);
    counter.add(`DynamoDB ${action || request.path}`);
  });
  subscribe('undici:request:create', (message) => {
    const { method, path } = (message as { request: UndiciRequest }).request;
    const action = path.replace(/\?.*/, '').split('/').slice(-2).join('/');
    counter.add(`MLflow ${method} ${action}`);
  });
}

export function perDecision(counts: Counts, decisions: number): Counts {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, Math.round(count / decisions)]));
}
