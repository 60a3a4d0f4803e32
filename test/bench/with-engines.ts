import { rmSync } from 'node:fs';
import { toolsDirectory } from '../../sandbox/paths.js';
import { createProgress } from '../../sandbox/progress.mjs';
import { createRunDirectory } from '../../sandbox/run-directory.mjs';
import { onStopRequest } from '../../sandbox/stop-request.js';
import { Supervisor } from '../../sandbox/supervisor.js';
import { type EngineName, prepareTools, type Tools } from '../../sandbox/tools.js';

export interface Place {
  readonly supervisor: Supervisor;
  readonly tools: Tools;
  /** Of this run alone; gone when it ends. */
  readonly directory: string;
}

/** Runs a bench with what its engines need, ends all that it has started, and with it this process. */
export async function withEngines(
  engines: readonly EngineName[],
  run: (place: Place) => Promise<void>,
): Promise<never> {
  const tools = await prepareTools(engines, createProgress(process.stderr));
  const directory = await createRunDirectory(toolsDirectory);
  const supervisor = await Supervisor.open(directory, 'bench');
  const finish = async (exitCode: number): Promise<never> => {
    await supervisor.stop();
    rmSync(directory, { recursive: true, force: true });
    process.exit(exitCode);
  };
  onStopRequest(() => void finish(130));
  try {
    await run({ supervisor, tools, directory });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return finish(1);
  }
  return finish(0);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
