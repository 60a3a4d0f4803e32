import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

// Calls from one process to another, over the channel between them. Gateway, floor and clients have a process each: none waits for another's turn.

// biome-ignore lint/suspicious/noExplicitAny: what goes over the channel is JSON; its two ends name the same interface.
type Method = (...args: any[]) => Promise<unknown>;

interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly fault?: string;
}

export interface Remote<T> extends AsyncDisposable {
  readonly methods: T;
}

/** Answers the calls of the process that started this one, until that one closes the channel. */
export function serveRemote(methods: object): void {
  const byName = methods as Readonly<Record<string, Method>>;
  process.on('message', (message) => {
    const { id, method, args } = message as Call;
    const answer = async (): Promise<unknown> => byName[method]?.(...args);
    answer().then(
      (value) => process.send?.({ id, value } satisfies Answer),
      (error: unknown) => process.send?.({ id, fault: error instanceof Error ? String(error.stack) : String(error) }),
    );
  });
  process.once('disconnect', () => process.exit());
}

/** Starts a program that calls `serveRemote`. It ends with this process, or when it is disposed of. */
export function startRemote<T extends object>(program: URL): Remote<T> {
  const child = fork(program, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let calls = 0;
  child.on('message', (message) => {
    const { id, value, fault } = message as Answer;
    const call = waiting.get(id);
    waiting.delete(id);
    if (fault === undefined) call?.resolve(value);
    else call?.reject(new Error(`In ${program.pathname}: ${fault}`));
  });
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error(`${program.pathname} has ended.`));
  });
  const ask = (method: string, args: readonly unknown[]): Promise<unknown> => {
    const id = ++calls;
    const call = Promise.withResolvers<unknown>();
    waiting.set(id, call);
    child.send({ id, method, args } satisfies Call);
    return call.promise;
  };
  return {
    methods: new Proxy({} as T, {
      get:
        (_, name) =>
        (...args: unknown[]) =>
          ask(String(name), args),
    }),
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}
