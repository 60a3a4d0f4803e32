import { PassThrough } from 'node:stream';
import { main } from '../../../src/cli/main.js';

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What a person types, who is there then; absent: nobody is. */
  readonly typed?: string;
  /** Whether `stdout` is a screen. */
  readonly isScreen?: boolean;
}

/** Runs the real entry of the command line in this process. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const isPerson = options.typed !== undefined;
  const stdin = Object.assign(new PassThrough(), { isTTY: isPerson });
  stdin.end(options.typed ?? '');
  const stdout = collector(options.isScreen ?? false);
  const stderr = collector(isPerson);
  const code = await main(args, { stdin, stdout: stdout.stream, stderr: stderr.stream, env: options.env ?? {} });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function collector(isTTY: boolean) {
  const chunks: string[] = [];
  const stream = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY });
  stream.on('data', (chunk: string) => chunks.push(chunk));
  return { stream, text: () => chunks.join('') };
}
