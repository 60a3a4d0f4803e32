import { join } from 'node:path';
import { projectRoot } from '../paths.js';
import { type Engine, httpAnswers } from './engine.js';

export const AWS_REGION = 'eu-central-1';

/** The emulator takes any key; only those that AssumeRole gives lead to another account than its default one. */
export const AWS_CREDENTIALS = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };

/** AWS as moto emulates it, with our extension of its model registry: `sandbox/aws_emulator`. */
export function awsEngine(options: { readonly python: string; readonly port: number }): Engine {
  const url = `http://127.0.0.1:${options.port}`;
  return {
    name: 'aws',
    command: options.python,
    args: ['-m', 'aws_emulator', '--host', '127.0.0.1', '--port', String(options.port), '--region', AWS_REGION],
    env: { PYTHONPATH: join(projectRoot, 'sandbox'), PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' },
    url,
    answers: () => httpAnswers(`${url}/moto-api/data.json`),
    readyText: url,
  };
}
