import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const EXAMPLES = path.join(import.meta.dirname, '../../examples');

/** An example that runs as a process of its own. */
export interface RunningExample extends AsyncDisposable {
  /** Ends it as a crash would. */
  kill(): Promise<void>;
}

export function startExample(file: string, env: Readonly<Record<string, string>>): RunningExample {
  const child: ChildProcess = spawn(process.execPath, [path.join(EXAMPLES, file)], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: 'ignore',
  });
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { kill, [Symbol.asyncDispose]: kill };
}
