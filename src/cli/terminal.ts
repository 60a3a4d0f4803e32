import { createInterface } from 'node:readline/promises';

/** Where a command reads and writes: `process`, or what stands in for it. Data goes to `stdout`, messages to `stderr`. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Tells a person something, beside the data. */
export function say({ stderr }: Terminal, message: string): void {
  stderr.write(`${printable(message)}\n`);
}

/** Whether somebody is there to be asked: the question goes to `stderr`, for `stdout` may be read by a program. */
export function isInteractive({ stdin, stderr }: Terminal): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** Whether colours would be seen on `stdout`, and are wanted. */
export function isColoured({ stdout, env }: Terminal): boolean {
  return stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

/** Asks for a yes. An end of the input, and Ctrl-C, are a no. */
export async function confirm({ stdin, stderr }: Terminal, question: string): Promise<boolean> {
  const lines = createInterface({ input: stdin, output: stderr });
  const closed = new AbortController();
  lines.once('close', () => closed.abort());
  try {
    const answer = await lines.question(`${printable(question)} [y/N] `, { signal: closed.signal });
    return /^\s*y(es)?\s*$/i.test(answer);
  } catch (error) {
    if (!closed.signal.aborted) throw error;
    stderr.write('\n');
    return false;
  } finally {
    lines.close();
  }
}

/** Controls, and what turns the direction of the text around it. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** What others have named must not move the cursor, colour the screen or begin a line: such characters are shown as escapes. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
