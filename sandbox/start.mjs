// `npm start`. Plain JavaScript on Node's own modules: on a fresh clone there is nothing else.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runInForeground } from './foreground.mjs';
import { build, install, node24, root, runCommand } from './prepare.mjs';
import { CommandError } from './run-logged.mjs';

const USAGE = `npm start                                  the sandbox: SageMaker in two accounts, MLflow and DynamoDB, with models in them
npm start -- --no-seed                     the same with empty registries
npm start -- --config registrar.yaml       serves the registries of that file and starts nothing else
npm start -- --help                        this text

The sandbox keeps what it needs in .registrar/ (REGISTRAR_STATE_DIR puts its data, logs and sandbox.json elsewhere).
Ports are 4000 for the gateway, 4566 for AWS and 5000 for MLflow, or the next free ones. Ctrl-C ends all of it.
`;

await runCommand(async (progress) => {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  await install(progress);
  await build(progress);
  return runInForeground(node24, [...command(options)], { cwd: root });
});

/** @param {ReturnType<typeof readOptions>} options */
function command({ config, noSeed }) {
  if (config !== undefined) return [join(root, 'dist/src/cli/bin.js'), 'serve', '--config', config];
  return [join(root, 'dist/sandbox/main.js'), ...(noSeed ? ['--no-seed'] : [])];
}

/** @param {readonly string[]} args */
function readOptions(args) {
  const { values } = parse(args);
  // npm changes to the project's folder, and keeps where it was called.
  const { INIT_CWD = '' } = process.env;
  const config = values.config === undefined ? undefined : resolve(INIT_CWD, values.config);
  if (config !== undefined && values['no-seed'])
    throw new CommandError(`--no-seed is for the sandbox alone.\n\n${USAGE}`);
  if (config !== undefined && !existsSync(config)) throw new CommandError(`There is no file ${config}.`);
  return { help: values.help === true, noSeed: values['no-seed'] === true, config };
}

/** @param {readonly string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args: [...args],
      options: { help: { type: 'boolean', short: 'h' }, 'no-seed': { type: 'boolean' }, config: { type: 'string' } },
    });
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}
