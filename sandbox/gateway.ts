import { join } from 'node:path';
import { AWS_CREDENTIALS } from './engines/aws.js';
import { type Engine, httpAnswers } from './engines/engine.js';
import { localGateway } from './gateway-config.js';
import { projectRoot, stateDirectory } from './paths.js';
import { WEBHOOK_SECRET } from './registries.js';

/** The gateway as a process of the sandbox, like an engine. */
export function gatewayProcess(configFile: string, port: number, webhookSecret: string): Engine {
  const url = localGateway(port);
  return {
    name: 'gateway',
    command: process.execPath,
    args: [join(projectRoot, 'dist/src/cli/bin.js'), 'serve', '--config', configFile],
    env: {
      REGISTRAR_STATE_DIR: stateDirectory,
      AWS_ACCESS_KEY_ID: AWS_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: AWS_CREDENTIALS.secretAccessKey,
      [WEBHOOK_SECRET]: webhookSecret,
      // Nothing of the user's own AWS set-up may reach the emulator, nor be used by mistake.
      AWS_SESSION_TOKEN: undefined,
      AWS_PROFILE: undefined,
      AWS_ENDPOINT_URL: undefined,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    url,
    answers: () => httpAnswers(`${url}/health/live`),
    readyText: url,
  };
}
