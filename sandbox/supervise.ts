// `node dist/sandbox/supervise.js python -m pytest`: runs a command so that it and all that it starts end with us, however we end.

import { rmSync } from 'node:fs';
import { toolsDirectory } from './paths.js';
import { createRunDirectory } from './run-directory.mjs';
import { onStopRequest } from './stop-request.js';
import { Supervisor } from './supervisor.js';

/** As a shell has it: 128 and the number of SIGINT. */
const INTERRUPTED = 130;

const [command = '', ...args] = process.argv.slice(2);
const directory = await createRunDirectory(toolsDirectory);
const supervisor = await Supervisor.open(directory, 'supervise');
const finish = async (exitCode: number) => {
  if (supervisor.isStopping) return;
  await supervisor.stop();
  rmSync(directory, { recursive: true, force: true });
  process.exit(exitCode);
};
onStopRequest(() => finish(INTERRUPTED));
const { ended } = supervisor.start({ name: 'command', command, args, showsOutput: true });
const end = await ended;
await finish(end.exitCode);
